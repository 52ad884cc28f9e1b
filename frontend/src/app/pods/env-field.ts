import { Component, input, output, signal } from '@angular/core';
import { Icon } from '../ui/icon';
import { nextRowId, withRow } from './form-rows';
import type { VariableRow } from './launch-draft';

/** Environment variables, a row each. Values are hidden until asked for; several NAME=value lines may be pasted into a name. */
@Component({
  selector: 'berth-env-field',
  imports: [Icon],
  template: `
    <fieldset>
      <legend class="label">Environment</legend>
      @for (row of rows(); track row.id) {
        <div class="row">
          <input
            class="field-input mono name"
            type="text"
            placeholder="NAME"
            spellcheck="false"
            autocapitalize="none"
            autocomplete="off"
            [attr.aria-label]="'Name of variable ' + ($index + 1)"
            [attr.aria-invalid]="!!problems()['env.' + row.id]"
            [value]="row.name"
            (input)="rename(row.id, $event)"
            (paste)="paste(row.id, $event)"
          />
          <input
            class="field-input mono"
            placeholder="value"
            spellcheck="false"
            autocapitalize="none"
            autocomplete="off"
            [type]="isShown() ? 'text' : 'password'"
            [attr.aria-label]="'Value of variable ' + ($index + 1)"
            [value]="row.value"
            (input)="revalue(row.id, $event)"
          />
          <button
            type="button"
            class="button quiet icon"
            [attr.aria-label]="'Remove variable ' + (row.name || $index + 1)"
            (click)="remove(row.id)"
          >
            <berth-icon name="close" />
          </button>
        </div>
        @if (problems()['env.' + row.id]; as problem) {
          <p class="wrong"><berth-icon name="alert" [size]="14" />{{ problem }}</p>
        }
      }
      <div class="tools">
        <button type="button" class="button" (click)="add()"><berth-icon name="plus" />Add a variable</button>
        @if (rows().length > 0) {
          <button type="button" class="button" [attr.aria-pressed]="isShown()" (click)="isShown.set(!isShown())">
            Show values
          </button>
        }
      </div>
    </fieldset>
  `,
  styleUrl: './form.css',
  styles: `
    .name {
      flex: 0 1 40%;
    }
  `,
})
export class EnvField {
  readonly rows = input.required<readonly VariableRow[]>();
  readonly problems = input.required<Readonly<Record<string, string>>>();
  readonly changed = output<readonly VariableRow[]>();

  protected readonly isShown = signal(false);
  protected add(): void {
    this.changed.emit([...this.rows(), { id: nextRowId(this.rows()), name: '', value: '' }]);
  }

  protected remove(id: number): void {
    this.changed.emit(this.rows().filter((row) => row.id !== id));
  }

  protected rename(id: number, event: Event): void {
    this.#edit(id, { name: textOf(event) });
  }

  protected revalue(id: number, event: Event): void {
    this.#edit(id, { value: textOf(event) });
  }

  /** What `env` prints, or a .env file. */
  protected paste(id: number, event: ClipboardEvent): void {
    const text = event.clipboardData?.getData('text/plain') ?? '';
    const lines = text.split('\n').filter((line) => /^\s*[^#\s][^=]*=/.test(line));
    if (lines.length === 0) return;
    event.preventDefault();
    const nextId = nextRowId(this.rows());
    const pasted = lines.map((line, index) => {
      const cut = line.indexOf('=');
      return { id: nextId + index, name: line.slice(0, cut).trim(), value: line.slice(cut + 1).replace(/\r$/, '') };
    });
    const kept = this.rows().filter((row) => row.id !== id || row.name !== '' || row.value !== '');
    this.changed.emit([...kept, ...pasted]);
  }

  #edit(id: number, change: Partial<VariableRow>): void {
    const rows = withRow(this.rows(), id, change);
    if (rows !== this.rows()) this.changed.emit(rows);
  }
}

const textOf = (event: Event): string => (event.target instanceof HTMLInputElement ? event.target.value : '');
