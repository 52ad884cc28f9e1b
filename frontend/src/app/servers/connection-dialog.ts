/**
 * A new address, login or kubeconfig for a registered server. Berth tries it before anything changes.
 * Nothing secret is sent before the host key is confirmed; the key that was confirmed before needs no second look.
 * Secrets live in `form` only and go with the dialog.
 */
import {
  afterNextRender,
  Component,
  computed,
  DestroyRef,
  inject,
  Injector,
  input,
  linkedSignal,
  output,
  signal,
} from '@angular/core';
import { Api } from '../api/api';
import { editServer } from '../api/fn/servers/edit-server';
import { readHostKey } from '../api/fn/servers/read-host-key';
import type { HostKeyDto } from '../api/models/host-key-dto';
import type { ServerDto } from '../api/models/server-dto';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { CommandLine } from '../ui/command-line';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { ProblemBox } from '../ui/problem-box';
import { Toasts } from '../ui/toasts';
import { curesOf } from './cures';
import { DraftForm } from './draft-form';
import { sshPlace } from './fingerprint';
import { HostKeyCheck } from './host-key-check';
import { KubeconfigFields } from './kubeconfig-fields';
import { connectionBody, newServerDraft, type ServerDraft } from './server-draft';
import { checkServerDraft, draftErrorsOf, REACH_FIELDS } from './server-draft-checks';
import { SshFields } from './ssh-fields';

@Component({
  selector: 'berth-connection-dialog',
  imports: [CommandLine, HostKeyCheck, Icon, KubeconfigFields, Modal, ProblemBox, SshFields],
  templateUrl: './connection-dialog.html',
  styleUrl: './dialog.css',
})
export class ConnectionDialog {
  readonly #api = inject(Api);
  readonly #servers = inject(ServersStore);
  readonly #toasts = inject(Toasts);

  readonly server = input.required<ServerDto>();
  readonly closed = output();

  protected readonly form = new DraftForm<ServerDraft>(newServerDraft, (draft) => checkServerDraft(draft, new Set()));
  protected readonly isBusy = signal(false);
  protected readonly problem = signal<Problem | null>(null);
  protected readonly place = computed(() => `${this.form.draft().host.trim()}:${this.form.draft().port}`);
  /** The key that the machine at this place shows and that nobody has confirmed; null: not asked, or known. */
  protected readonly hostKey = linkedSignal<string, HostKeyDto | null>({ source: this.place, computation: () => null });
  protected readonly isConfirmed = linkedSignal<string, boolean>({ source: this.place, computation: () => false });
  protected readonly cures = computed(() =>
    this.form.draft().way === 'ssh' ? curesOf(this.problem()?.code ?? '', this.form.draft().username.trim()) : [],
  );

  constructor() {
    afterNextRender(() => this.form.patch(reachOf(this.server())), { injector: inject(Injector) });
    inject(DestroyRef).onDestroy(() => this.form.clear());
  }

  protected async save(event: Event): Promise<void> {
    event.preventDefault();
    if (this.isBusy() || this.form.firstWrong(REACH_FIELDS) !== null) return;
    if (this.hostKey() && !this.isConfirmed()) return;
    this.isBusy.set(true);
    this.problem.set(null);
    try {
      const fingerprint = await this.#confirmedFingerprint();
      if (fingerprint !== null) await this.#edit(fingerprint);
    } catch (error) {
      const problem = toProblem(error);
      this.problem.set(problem);
      this.form.tell(draftErrorsOf(problem, this.form.draft()));
    }
    this.isBusy.set(false);
  }

  protected back(): void {
    this.hostKey.set(null);
    this.isConfirmed.set(false);
  }

  /** Null: the machine shows a key that must be looked at first. */
  async #confirmedFingerprint(): Promise<string | null> {
    const { way, host, port } = this.form.draft();
    if (way !== 'ssh') return '';
    const looked = this.hostKey();
    if (looked) return looked.fingerprint;
    const shown = await this.#api.invoke(readHostKey, { body: { host: host.trim(), port: Number(port) } });
    if (shown.fingerprint === this.server().connection.hostKey?.fingerprint) return shown.fingerprint;
    this.hostKey.set(shown);
    return null;
  }

  async #edit(fingerprint: string): Promise<void> {
    const body = connectionBody(this.form.draft(), fingerprint);
    const params = { serverId: this.server().id, body, 'Idempotency-Key': newRequestKey() };
    const server = await this.#api.invoke(editServer, params);
    this.form.clear();
    this.#servers.put(server);
    this.#toasts.show(`${server.name} is reached by ${server.connection.address} now.`, { tone: 'good' });
    this.closed.emit();
  }
}

/** What is known of the connection; secrets are never given back. */
function reachOf({ connection }: ServerDto): Partial<ServerDraft> {
  const place = connection.kind === 'ssh' ? sshPlace(connection.address) : null;
  if (!place) return { way: 'kubeconfig' };
  const login = connection.credential === 'private-key' ? 'key' : 'password';
  const { host, port, username } = place;
  return { way: 'ssh', login, host, port: String(port), username, useTunnel: connection.useTunnel };
}
