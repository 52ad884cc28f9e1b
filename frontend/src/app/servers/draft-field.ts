import { Component, computed, Directive, inject, input } from '@angular/core';
import type { DraftForm } from './draft-form';

/** Label, hint and error around one text field of a form. Put an `input`, `textarea` or `select` with `berthControl` into it. */
@Component({
  selector: 'berth-draft-field',
  template: `
    <label [attr.for]="id()">
      {{ label() }}
      @if (isOptional()) {
        <span class="muted">(optional)</span>
      }
    </label>
    <ng-content />
    @if (error()) {
      <p class="error" [id]="id() + '-error'">{{ error() }}</p>
    }
    @if (hint()) {
      <p class="hint" [id]="id() + '-hint'">{{ hint() }}</p>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      align-content: start;
      gap: 0.3rem;
      min-width: 0;
    }
    label {
      font-weight: 500;
    }
    label span {
      font-weight: 400;
    }
    .hint {
      color: var(--berth-muted);
      font-size: 0.8125rem;
    }
    .error {
      color: var(--berth-bad);
      font-weight: 500;
    }
  `,
})
export class DraftField<T extends object> {
  readonly form = input.required<DraftForm<T>>();
  readonly field = input.required<keyof T & string>();
  readonly label = input.required<string>();
  readonly hint = input('');
  readonly isOptional = input(false);

  readonly id = computed(() => `field-${this.field()}`);
  readonly error = computed(() => this.form().error(this.field()));
  readonly text = computed(() => String(this.form().draft()[this.field()]));
  readonly describedBy = computed(() => {
    const ids = [this.error() && `${this.id()}-error`, this.hint() && `${this.id()}-hint`].filter(Boolean);
    return ids.length > 0 ? ids.join(' ') : null;
  });

  write(text: string): void {
    const change: Partial<T> = {};
    Object.assign(change, { [this.field()]: text });
    this.form().patch(change);
  }
}

/** The control of the field around it. */
@Directive({
  selector: 'input[berthControl], textarea[berthControl], select[berthControl]',
  host: {
    class: 'field-input',
    '[id]': 'field.id()',
    '[value]': 'field.text()',
    '[attr.aria-invalid]': 'field.error() ? true : null',
    '[attr.aria-describedby]': 'field.describedBy()',
    '(input)': 'type($event)',
  },
})
export class DraftControl {
  protected readonly field = inject(DraftField);

  protected type({ target }: Event): void {
    if (
      target instanceof HTMLInputElement ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement
    )
      this.field.write(target.value);
  }
}
