import { inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { refreshServer } from '../api/fn/jobs/refresh-server';
import { confirmHostKey } from '../api/fn/servers/confirm-host-key';
import { pauseServer } from '../api/fn/servers/pause-server';
import { reconnectServer } from '../api/fn/servers/reconnect-server';
import { resumeServer } from '../api/fn/servers/resume-server';
import type { ServerDto } from '../api/models/server-dto';
import { type Problem, toProblem } from '../live/problem';
import { newRequestKey } from '../live/request-key';
import { ServersStore } from '../live/servers-store';
import { Toasts } from '../ui/toasts';
import { TrialRunner } from './trial-runner';

export type Command = 'test' | 'refresh' | 'reconnect' | 'pause' | 'resume' | 'confirm-host-key';

/** What can be done with the server of a page, one thing at a time; each tells how it went. */
@Injectable()
export class ServerCommands {
  readonly #api = inject(Api);
  readonly #servers = inject(ServersStore);
  readonly #toasts = inject(Toasts);
  readonly #busy = signal<Command | null>(null);
  readonly #problem = signal<Problem | null>(null);
  readonly #runner = inject(TrialRunner);

  readonly busy = this.#busy.asReadonly();
  /** Of the last command; a test tells its own in `trial`. */
  readonly problem = this.#problem.asReadonly();
  readonly trial = this.#runner.state;

  async test({ id, name }: ServerDto): Promise<void> {
    await this.#run('test', async () => {
      await this.#runner.look(id);
      if (this.trial().kind === 'passed') this.#toasts.show(`${name} answers.`, { tone: 'good' });
    });
  }

  async refresh({ id, name }: ServerDto): Promise<void> {
    await this.#run('refresh', async () => {
      const { loops } = await this.#api.invoke(refreshServer, { serverId: id });
      const result = loops[0]?.lastResult;
      if (result === 'ok') this.#toasts.show(`${name} was read in full.`, { tone: 'good' });
      else this.#toasts.show(`${name} could not be read: ${result ?? 'no answer'}.`, { tone: 'bad' });
    });
  }

  async reconnect({ id, name }: ServerDto): Promise<void> {
    await this.#run('reconnect', async () => {
      this.#servers.put(await this.#api.invoke(reconnectServer, { serverId: id, 'Idempotency-Key': newRequestKey() }));
      this.#toasts.show(`The connection to ${name} was closed; a new one is being opened.`);
    });
  }

  async pause(server: ServerDto): Promise<void> {
    await this.#run('pause', async () => {
      this.#servers.put(
        await this.#api.invoke(pauseServer, { serverId: server.id, 'Idempotency-Key': newRequestKey() }),
      );
      const action = { label: 'Undo', run: () => void this.resume(server) };
      this.#toasts.show(`${server.name} is paused.`, { action });
    });
  }

  async resume({ id, name }: ServerDto): Promise<void> {
    await this.#run('resume', async () => {
      this.#servers.put(await this.#api.invoke(resumeServer, { serverId: id, 'Idempotency-Key': newRequestKey() }));
      this.#toasts.show(`${name} is looked after again.`, { tone: 'good' });
    });
  }

  /** @returns whether the key is confirmed now. */
  async confirmHostKey({ id, name }: ServerDto, fingerprint: string): Promise<boolean> {
    return this.#run('confirm-host-key', async () => {
      const params = { serverId: id, body: { fingerprint }, 'Idempotency-Key': newRequestKey() };
      this.#servers.put(await this.#api.invoke(confirmHostKey, params));
      this.#toasts.show(`The new host key of ${name} is confirmed; Berth connects again.`, { tone: 'good' });
    });
  }

  closeTrial(): void {
    this.#runner.reset();
  }

  /** For another server. */
  forget(): void {
    this.closeTrial();
    this.#problem.set(null);
  }

  async #run(command: Command, work: () => Promise<void>): Promise<boolean> {
    if (this.#busy() !== null) return false;
    this.#busy.set(command);
    this.#problem.set(null);
    try {
      await work();
      return true;
    } catch (error) {
      this.#problem.set(toProblem(error));
      return false;
    } finally {
      this.#busy.set(null);
    }
  }
}
