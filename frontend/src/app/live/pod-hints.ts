import { DestroyRef, inject, Injectable } from '@angular/core';
import { Pace } from './pace';

const REFETCH_EVERY_MS = 1_000;

type Listener = (serverIds: readonly string[] | null) => void;

/** Says that pods have changed, never how: whoever shows pods reads its page again. */
@Injectable({ providedIn: 'root' })
export class PodHints {
  readonly #listeners = new Set<Listener>();

  /** `serverIds`: whose pods changed; null: perhaps all. */
  tell(serverIds: readonly string[] | null): void {
    for (const listener of this.#listeners) listener(serverIds);
  }

  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/**
 * Calls `refetch` at once when pods of `serverId()` change (null: of any server), then at most once a second.
 * Call it where `inject` may be called; it ends with the component.
 */
export function refetchOnPodHints(serverId: () => string | null, refetch: () => void): void {
  const pace = new Pace(refetch, REFETCH_EVERY_MS);
  const stop = inject(PodHints).listen((serverIds) => {
    const wanted = serverId();
    if (serverIds === null || wanted === null || serverIds.includes(wanted)) pace.ask();
  });
  inject(DestroyRef).onDestroy(() => {
    stop();
    pace.stop();
  });
}
