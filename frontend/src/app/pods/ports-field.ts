import { Component, input, output } from '@angular/core';
import { Icon } from '../ui/icon';
import { nextRowId, withRow } from './form-rows';
import type { PortRow } from './launch-draft';

/** Ports that the container listens on, a row each. */
@Component({
  selector: 'berth-ports-field',
  imports: [Icon],
  template: `
    <fieldset>
      <legend class="label">Ports</legend>
      @for (row of rows(); track row.id) {
        <div class="row">
          <input
            class="field-input port"
            type="text"
            inputmode="numeric"
            placeholder="8080"
            autocomplete="off"
            [attr.aria-label]="'Port ' + ($index + 1)"
            [attr.aria-invalid]="!!problems()['ports.' + row.id]"
            [value]="row.port"
            (input)="renumber(row.id, $event)"
          />
          <select
            class="field-input protocol"
            [attr.aria-label]="'Protocol of port ' + ($index + 1)"
            (change)="choose(row.id, $event)"
          >
            <option [selected]="row.protocol === 'TCP'">TCP</option>
            <option [selected]="row.protocol === 'UDP'">UDP</option>
          </select>
          <button
            type="button"
            class="button quiet icon"
            [attr.aria-label]="'Remove port ' + (row.port || $index + 1)"
            (click)="remove(row.id)"
          >
            <berth-icon name="close" />
          </button>
        </div>
        @if (problems()['ports.' + row.id]; as problem) {
          <p class="wrong"><berth-icon name="alert" [size]="14" />{{ problem }}</p>
        }
      }
      <button type="button" class="button" (click)="add()"><berth-icon name="plus" />Add a port</button>
    </fieldset>
  `,
  styleUrl: './form.css',
  styles: `
    fieldset {
      justify-items: start;
    }
    .port {
      width: 6rem;
    }
    .protocol {
      width: 5rem;
    }
  `,
})
export class PortsField {
  readonly rows = input.required<readonly PortRow[]>();
  readonly problems = input.required<Readonly<Record<string, string>>>();
  readonly changed = output<readonly PortRow[]>();

  protected add(): void {
    this.changed.emit([...this.rows(), { id: nextRowId(this.rows()), port: '', protocol: 'TCP' }]);
  }

  protected remove(id: number): void {
    this.changed.emit(this.rows().filter((row) => row.id !== id));
  }

  protected renumber(id: number, event: Event): void {
    if (event.target instanceof HTMLInputElement) this.#edit(id, { port: event.target.value });
  }

  protected choose(id: number, event: Event): void {
    if (event.target instanceof HTMLSelectElement) {
      this.#edit(id, { protocol: event.target.value === 'UDP' ? 'UDP' : 'TCP' });
    }
  }

  #edit(id: number, change: Partial<PortRow>): void {
    const rows = withRow(this.rows(), id, change);
    if (rows !== this.rows()) this.changed.emit(rows);
  }
}
