import { createDraft, type Draft, finishDraft, freeze } from 'immer';
import { type Observable, Subject } from 'rxjs';
import { type DurableState, EMPTY_STATE, type MasterState } from '../domain/master-state.js';
import type { ServerObservation } from '../domain/server.js';

/** Who changes what and why: the audit line of an update. `once`: replay instead of doing it again. */
export interface Change {
  readonly actor: string;
  readonly reason: string;
  readonly once?: { readonly key: string; readonly fingerprint: string };
}

/** Which servers changed, in order: `seq` grows by one per change of this process, `rev` is the durable revision after it. */
export interface StateChange {
  readonly seq: number;
  readonly rev: number;
  readonly serverIds: readonly string[];
}

export class StateRepository {
  #state: MasterState = EMPTY_STATE;
  #seq = 0;
  readonly #changes = new Subject<StateChange>();
  readonly changes$: Observable<StateChange> = this.#changes.asObservable();

  read(): MasterState {
    return this.#state;
  }

  async update<T>(
    _change: Change,
    fn: (draft: Draft<DurableState>, observed: MasterState['observed']) => T,
  ): Promise<T> {
    const before = this.#state;
    const draft = createDraft(before as DurableState);
    const result = fn(draft, before.observed);
    draft.rev += 1;
    const after: MasterState = { ...before, ...finishDraft(draft) };
    this.#state = after;
    const ids = Object.keys({ ...before.servers, ...after.servers });
    this.#changes.next({
      seq: ++this.#seq,
      rev: after.rev,
      serverIds: ids.filter((id) => before.servers[id] !== after.servers[id]),
    });
    return result;
  }

  observe(serverId: string, fn: (previous: ServerObservation | null) => ServerObservation): void {
    if (!this.#state.servers[serverId]) return;
    const next = freeze(fn(this.#state.observed[serverId] ?? null), true);
    this.#state = { ...this.#state, observed: { ...this.#state.observed, [serverId]: next } };
    this.#changes.next({ seq: ++this.#seq, rev: this.#state.rev, serverIds: [serverId] });
  }
}
