/**
 * Slows down those who guess tokens. Per address: five wrong tokens are free, then each one doubles the wait, up to a minute; after ten
 * quiet minutes all is forgotten. Never a hard lock, and a right token is always heard, so nobody can lock the admin out.
 * Pure: time comes from the caller, in milliseconds of a monotonic clock.
 * Invariant: at most 10,000 addresses are remembered; the one longest quiet is forgotten first.
 */
const FREE_FAILURES = 5;
const MAX_WAIT_MS = 60_000;
const FORGET_MS = 600_000;
const MAX_ADDRESSES = 10_000;

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

export class Attempts {
  /** In order of the last failure, oldest first. */
  readonly #byAddress = new Map<string, Failures>();

  /** How long this address must still wait; zero when it may try. */
  waitMs(address: string, nowMs: number): number {
    const failures = this.#find(address, nowMs);
    if (!failures || failures.count < FREE_FAILURES) return 0;
    const wait = Math.min(MAX_WAIT_MS, 1_000 * 2 ** Math.min(failures.count - FREE_FAILURES, 16));
    return Math.max(0, failures.lastMs + wait - nowMs);
  }

  fail(address: string, nowMs: number): void {
    const count = (this.#find(address, nowMs)?.count ?? 0) + 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { count, lastMs: nowMs });
    if (this.#byAddress.size > MAX_ADDRESSES) {
      for (const oldest of this.#byAddress.keys()) {
        this.#byAddress.delete(oldest);
        break;
      }
    }
  }

  succeed(address: string): void {
    this.#byAddress.delete(address);
  }

  get size(): number {
    return this.#byAddress.size;
  }

  #find(address: string, nowMs: number): Failures | undefined {
    const failures = this.#byAddress.get(address);
    return failures && nowMs - failures.lastMs < FORGET_MS ? failures : undefined;
  }
}
