import type { Removal } from './event-backlog.js';

const MAX_REMOVALS = 10_000;

/** What was removed, in order, for readers that come back. Bounded: of what is older than `completeSince` something is forgotten. */
export class Removals {
  readonly #entries: Removal[] = [];
  #completeSince = 0;

  get completeSince(): number {
    return this.#completeSince;
  }

  add(removal: Removal): void {
    this.#entries.push(removal);
    // Half at once, so that a full list does not move with every removal.
    if (this.#entries.length > MAX_REMOVALS) {
      this.#completeSince = this.#entries.splice(0, MAX_REMOVALS / 2).at(-1)?.seq ?? this.#completeSince;
    }
  }

  /** Each removal after `seq`. */
  after(seq: number): Removal[] {
    return this.#entries.filter((each) => each.seq > seq);
  }
}
