import { Component, computed, inject, signal } from '@angular/core';
import { Confirm } from './confirm';
import { Modal } from './modal';

/** Shows what `Confirm` asks. Stands once, in the shell. */
@Component({
  selector: 'berth-confirm-dialog',
  imports: [Modal],
  template: `
    @if (confirm.asked(); as question) {
      <dialog berthModal aria-labelledby="confirm-title" aria-describedby="confirm-body" (closed)="answer(false)">
        <h2 id="confirm-title">{{ question.title }}</h2>
        <p id="confirm-body">{{ question.body }}</p>
        @if (question.typeToConfirm; as wanted) {
          <label>
            Type <code>{{ wanted }}</code> to go on
            <input class="field-input" autocomplete="off" [value]="typed()" (input)="type($event)" />
          </label>
        }
        <div class="buttons">
          <button type="button" class="button" autofocus (click)="answer(false)">Cancel</button>
          <button
            type="button"
            class="button"
            [class.danger]="question.isDangerous"
            [class.primary]="!question.isDangerous"
            [disabled]="!isReady()"
            (click)="answer(true)"
          >
            {{ question.action }}
          </button>
        </div>
      </dialog>
    }
  `,
  styles: `
    dialog {
      width: min(28rem, calc(100vw - 2rem));
      padding: 1.25rem;
    }
    dialog[open] {
      display: grid;
      gap: 1rem;
    }
    p {
      white-space: pre-line;
    }
    label {
      display: grid;
      gap: 0.35rem;
    }
    .buttons {
      display: flex;
      justify-content: flex-end;
      gap: 0.5rem;
    }
  `,
})
export class ConfirmDialog {
  protected readonly confirm = inject(Confirm);
  protected readonly typed = signal('');
  protected readonly isReady = computed(() => {
    const wanted = this.confirm.asked()?.typeToConfirm;
    return wanted === undefined || this.typed().trim() === wanted;
  });

  protected type(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.typed.set(event.target.value);
  }

  protected answer(isYes: boolean): void {
    this.typed.set('');
    this.confirm.answer(isYes);
  }
}
