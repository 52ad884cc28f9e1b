import { afterNextRender, Component, computed, inject, Injector, input, output, signal } from '@angular/core';
import { Api } from '../api/api';
import { editServer } from '../api/fn/servers/edit-server';
import type { ServerDto } from '../api/models/server-dto';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemBox } from '../ui/problem-box';
import { Toasts } from '../ui/toasts';
import { checkEdit, editBody, type EditDraft, editDraftOf } from './edit-draft';
import { DraftControl, DraftField } from './draft-field';
import { DraftForm } from './draft-form';

const FIELDS = ['name', 'tags', 'location', 'healthIntervalSeconds', 'refreshIntervalSeconds'] as const;

/** Name, tags, place and intervals of a server. Only what was changed is sent. */
@Component({
  selector: 'berth-details-dialog',
  imports: [DraftControl, DraftField, Icon, Modal, ProblemBox],
  templateUrl: './details-dialog.html',
  styleUrl: './dialog.css',
})
export class DetailsDialog {
  readonly #api = inject(Api);
  readonly #injector = inject(Injector);
  readonly #servers = inject(ServersStore);
  readonly #toasts = inject(Toasts);

  readonly server = input.required<ServerDto>();
  readonly closed = output();

  readonly #otherNames = computed(
    () => new Set(this.#servers.all().flatMap(({ id, name }) => (id === this.server().id ? [] : [name.toLowerCase()]))),
  );
  protected readonly form = new DraftForm<EditDraft>(
    () => ({ name: '', tags: '', location: '', healthIntervalSeconds: '', refreshIntervalSeconds: '' }),
    (draft) => checkEdit(draft, this.#otherNames()),
  );
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);

  constructor() {
    afterNextRender(() => this.form.patch(editDraftOf(this.server())), { injector: this.#injector });
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isBusy() || this.form.firstWrong(FIELDS) !== null) return;
    const body = editBody(this.form.draft(), this.server());
    if (Object.keys(body).length === 0) return this.closed.emit();
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      const params = { serverId: this.server().id, body, 'Idempotency-Key': newRequestKey() };
      const server = await this.#api.invoke(editServer, params);
      this.#servers.put(server);
      this.#toasts.show(`${server.name} is saved.`, { tone: 'good' });
      this.closed.emit();
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.isBusy.set(false);
  }
}
