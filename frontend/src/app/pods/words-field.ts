import { Component, computed, input, output } from '@angular/core';
import { Icon } from '../ui/icon';
import { splitShell } from './shell-words';

/** Words typed as in a shell, shown as the list that is sent. */
@Component({
  selector: 'berth-words-field',
  imports: [Icon],
  template: `
    <div class="field">
      <label [for]="name()">{{ label() }}</label>
      <input
        class="field-input mono"
        type="text"
        spellcheck="false"
        autocapitalize="none"
        autocomplete="off"
        [id]="name()"
        [value]="text()"
        [placeholder]="example()"
        [attr.aria-invalid]="!!split().problem"
        [attr.aria-describedby]="name() + '-note'"
        (input)="take($event)"
      />
      <div [id]="name() + '-note'">
        @if (split().problem; as problem) {
          <span class="wrong"><berth-icon name="alert" [size]="14" />{{ problem }}</span>
        } @else if (split().words.length > 0) {
          <ul class="chips" [attr.aria-label]="label() + ', word by word'">
            @for (word of split().words; track $index) {
              <li class="chip" [attr.title]="word">{{ word || ' ' }}</li>
            }
          </ul>
        } @else {
          <span class="note">{{ note() }}</span>
        }
      </div>
    </div>
  `,
  styleUrl: './form.css',
})
export class WordsField {
  readonly name = input.required<string>();
  readonly label = input.required<string>();
  readonly note = input.required<string>();
  readonly example = input('');
  readonly text = input.required<string>();
  readonly changed = output<string>();

  protected readonly split = computed(() => splitShell(this.text()));

  protected take(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.changed.emit(event.target.value);
  }
}
