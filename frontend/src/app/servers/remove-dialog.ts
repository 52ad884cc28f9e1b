import { Component, computed, inject, input, output, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Api } from '../api/api';
import { removeServer } from '../api/fn/servers/remove-server';
import type { ServerDto } from '../api/models/server-dto';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemBox } from '../ui/problem-box';
import { Toasts } from '../ui/toasts';

type Fate = 'keep' | 'delete';

/** Removes a server. With pods there, what becomes of them must be chosen; the name must be typed. */
@Component({
  selector: 'berth-remove-dialog',
  imports: [Icon, Modal, ProblemBox],
  templateUrl: './remove-dialog.html',
  styleUrl: './dialog.css',
})
export class RemoveDialog {
  readonly #api = inject(Api);
  readonly #router = inject(Router);
  readonly #servers = inject(ServersStore);
  readonly #toasts = inject(Toasts);

  readonly server = input.required<ServerDto>();
  readonly closed = output();

  protected readonly fate = signal<Fate | null>(null);
  protected readonly typed = signal('');
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  /** Berth may know of pods that this page has not heard of yet. */
  protected readonly hasPods = computed(
    () => this.server().pods.managed > 0 || this.problem()?.code === 'SERVER_HAS_PODS',
  );
  protected readonly isReady = computed(
    () => !this.isBusy() && this.typed().trim() === this.server().name && (!this.hasPods() || this.fate() !== null),
  );

  protected type({ target }: Event): void {
    if (target instanceof HTMLInputElement) this.typed.set(target.value);
  }

  protected async remove(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.isReady()) return;
    const { id, name } = this.server();
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      const pods = this.fate() ?? 'refuse';
      const { isGone } = await this.#api.invoke(removeServer, {
        serverId: id,
        pods,
        'Idempotency-Key': newRequestKey(),
      });
      this.closed.emit();
      this.#toasts.show(isGone ? `${name} is removed.` : `The pods of ${name} are being deleted; then it goes.`);
      if (isGone) await this.#left(id);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.isBusy.set(false);
  }

  async #left(id: string): Promise<void> {
    await this.#router.navigateByUrl('/fleet');
    this.#servers.remove(id);
  }
}
