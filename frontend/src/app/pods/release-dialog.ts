import { Component, computed, inject, input, output, signal } from '@angular/core';
import { Api } from '../api/api';
import { releasePod } from '../api/fn/pods/release-pod';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemBox } from '../ui/problem-box';
import type { ManagedPod } from './managed-pod';

/** Takes room back from a machine that cannot be asked: explains the risk, wants a reason and the pod's name. */
@Component({
  selector: 'berth-release-dialog',
  imports: [Icon, Modal, ProblemBox],
  template: `
    <dialog berthModal aria-labelledby="release-title" aria-describedby="release-risk" (closed)="closed.emit(false)">
      <h2 id="release-title">Take back the room of {{ pod().name }}?</h2>
      <p>
        {{ pod().serverName }} cannot be asked, so nobody knows whether the pod still runs there. Normally Berth waits
        until the machine answers.
      </p>
      <div class="danger-note" id="release-risk">
        <berth-icon name="alert" [size]="18" />
        <p>
          If the pod is still running on {{ pod().nodeName }}, its room is booked twice from now on. Do this only for a
          machine that will not come back. It cannot be taken back, and it is logged with your reason.
        </p>
      </div>
      <form (submit)="release($event)">
        <label class="field">
          Why
          <input
            class="field-input"
            autofocus
            autocomplete="off"
            maxlength="500"
            placeholder="the machine was scrapped"
            [value]="reason()"
            (input)="reason.set(textOf($event))"
          />
        </label>
        <label class="field">
          <span
            >Type <code>{{ pod().name }}</code> to go on</span
          >
          <input class="field-input mono" autocomplete="off" [value]="typed()" (input)="typed.set(textOf($event))" />
        </label>
        @if (problem(); as problem) {
          <berth-problem-box [problem]="problem" />
        }
        <div class="buttons">
          <button type="button" class="button" (click)="closed.emit(false)">Keep waiting</button>
          <button type="submit" class="button danger" [disabled]="!isReady()">Take the room back</button>
        </div>
      </form>
    </dialog>
  `,
  styleUrl: './dialog.css',
  styles: `
    form {
      display: grid;
      gap: 1rem;
    }
  `,
})
export class ReleaseDialog {
  readonly #api = inject(Api);
  readonly #key = newRequestKey();
  readonly pod = input.required<ManagedPod>();
  /** True: it was released. */
  readonly closed = output<boolean>();

  protected readonly reason = signal('');
  protected readonly typed = signal('');
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  protected readonly isReady = computed(
    () => !this.isBusy() && this.reason().trim() !== '' && this.typed().trim() === this.pod().name,
  );

  protected textOf(event: Event): string {
    return event.target instanceof HTMLInputElement ? event.target.value : '';
  }

  protected async release(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.isReady()) return;
    this.isBusy.set(true);
    try {
      const body = { reason: this.reason().trim() };
      await this.#api.invoke(releasePod, { podId: this.pod().id, body, 'Idempotency-Key': this.#key });
      this.closed.emit(true);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.isBusy.set(false);
  }
}
