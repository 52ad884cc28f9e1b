const MAX_REMOVALS = 10_000;

/** What was removed, in order, for readers that come back. Bounded: of what is older than `completeSince` something is forgotten. */
export class Removals {
  readonly #entries: { readonly seq: number; readonly event: string; readonly data: string }[] = [];
  #completeSince = 0;

  get completeSince(): number {
    return this.#completeSince;
  }

  add(seq: number, event: string, data: string): void {
    this.#entries.push({ seq, event, data });
    // Half at once, so that a full list does not move with every removal.
    if (this.#entries.length > MAX_REMOVALS) {
      this.#completeSince = this.#entries.splice(0, MAX_REMOVALS / 2).at(-1)?.seq ?? this.#completeSince;
    }
  }

  /** Event name and data of each removal after `seq`. */
  after(seq: number): [event: string, data: string][] {
    return this.#entries.filter((each) => each.seq > seq).map(({ event, data }) => [event, data]);
  }
}
