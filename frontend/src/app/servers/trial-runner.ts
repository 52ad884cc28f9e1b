import { inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { readHostKey } from '../api/fn/servers/read-host-key';
import { rehearseServer } from '../api/fn/servers/rehearse-server';
import { toProblem } from '../live/problem';
import { reachBody, type ServerDraft } from './server-draft';
import type { TrialState } from './trial-rows';

/**
 * Tries to reach a machine as a registration would; Berth keeps nothing of it.
 * For SSH the host key is asked for once more first: it shows at once whether the machine can be reached at all.
 * Concurrency: an answer of an older run is dropped.
 */
@Injectable()
export class TrialRunner {
  readonly #api = inject(Api);
  readonly #state = signal<TrialState>({ kind: 'idle' });
  #run = 0;

  readonly state = this.#state.asReadonly();

  async run(draft: ServerDraft, fingerprint: string): Promise<void> {
    const run = (this.#run += 1);
    const tell = (state: TrialState): void => {
      if (run === this.#run) this.#state.set(state);
    };
    let linkMs: number | null = null;
    tell({ kind: 'running', linkMs });
    try {
      if (draft.way === 'ssh') {
        linkMs = await this.#timeToHostKey(draft);
        tell({ kind: 'running', linkMs });
      }
      if (run !== this.#run) return;
      tell({
        kind: 'passed',
        trial: await this.#api.invoke(rehearseServer, { body: reachBody(draft, fingerprint) }),
        linkMs,
      });
    } catch (error) {
      tell({ kind: 'failed', problem: toProblem(error), linkMs });
    }
  }

  /** Forgets what was found; what is under way is no longer wanted. */
  reset(): void {
    this.#run += 1;
    this.#state.set({ kind: 'idle' });
  }

  /** Milliseconds, as seen from this page. */
  async #timeToHostKey({ host, port }: ServerDraft): Promise<number> {
    const beganAt = performance.now();
    await this.#api.invoke(readHostKey, { body: { host: host.trim(), port: Number(port) } });
    return Math.round(performance.now() - beganAt);
  }
}
