/**
 * One signal for everything that may end a call: its time, its caller, its link, the provider's close. Each reason is a ClusterError-to-be.
 * Listeners are removed when the call is over, so that a signal that lives as long as the link collects none.
 */
import type { CallOptions } from '../cluster-provider.js';

export type Ending = 'timeout' | 'caller' | 'link' | 'closed';

/** Why a call was ended from our side. */
export class Ended extends Error {
  constructor(
    readonly ending: Ending,
    override readonly cause?: unknown,
  ) {
    super(`ended by ${ending}`, { cause });
  }
}

export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #cleanups: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(sources: { readonly caller: AbortSignal | undefined; readonly closed: AbortSignal }) {
    this.follow(sources.closed, 'closed');
    this.follow(sources.caller, 'caller');
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** (Re)starts the clock; null stops it. */
  within(timeoutMs: number | null): this {
    clearTimeout(this.#timer);
    if (timeoutMs !== null) this.#timer = setTimeout(() => this.#end('timeout'), timeoutMs);
    return this;
  }

  /** Ends with `signal` from now on. */
  follow(signal: AbortSignal | undefined, ending: Ending): void {
    if (signal === undefined) return;
    const onAbort = () => this.#end(ending, signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#cleanups.push(() => signal.removeEventListener('abort', onAbort));
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const cleanup of this.#cleanups) cleanup();
  }

  #end(ending: Ending, cause?: unknown): void {
    this.#controller.abort(new Ended(ending, cause));
  }
}

/** The options of one call for its parts: each gets what the parts before have left of the time. */
export function shrinking(options: CallOptions): () => CallOptions {
  const endAt = performance.now() + options.timeoutMs;
  return () => ({ ...options, timeoutMs: Math.max(1, endAt - performance.now()) });
}
