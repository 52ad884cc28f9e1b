import { inject, Injectable, signal } from '@angular/core';
import type { TrialStepDto } from '../api/models/trial-step-dto';
import { reachBody, type ServerDraft } from './server-draft';
import type { TrialState } from './trial-rows';
import { TrialStream } from './trial-stream';

/**
 * Tries to reach a machine as a registration would; Berth keeps nothing of it.
 * Concurrency: a newer run, or `reset`, ends an older one.
 */
@Injectable()
export class TrialRunner {
  readonly #stream = inject(TrialStream);
  readonly #state = signal<TrialState>({ kind: 'idle' });
  #current = new AbortController();

  readonly state = this.#state.asReadonly();

  run(draft: ServerDraft, fingerprint: string): Promise<void> {
    return this.#run('/api/v1/servers/test', reachBody(draft, fingerprint));
  }

  /** Looks at the connection of a server that is registered. */
  look(serverId: string): Promise<void> {
    return this.#run(`/api/v1/servers/${serverId}/test`, {});
  }

  /** Forgets what was found; what is under way is no longer wanted. */
  reset(): void {
    this.#current.abort();
    this.#state.set({ kind: 'idle' });
  }

  async #run(url: string, body: object): Promise<void> {
    this.#current.abort();
    const { signal: ended } = (this.#current = new AbortController());
    let steps: readonly TrialStepDto[] = [];
    const tell = (state: TrialState): void => {
      if (!ended.aborted) this.#state.set(state);
    };
    tell({ kind: 'running', steps });
    const end = await this.#stream.run(
      url,
      body,
      (step) => tell({ kind: 'running', steps: (steps = [...steps, step]) }),
      ended,
    );
    tell(end.kind === 'passed' ? end : { ...end, steps });
  }
}
