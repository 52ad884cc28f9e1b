/**
 * Where each kept line of a log stands on the page, in rows of one fixed height, so that only the visible ones are drawn. Pure.
 * Invariant: `top(n)` grows with n; a line takes at least one row.
 */
export class LogRows {
  /** Rows above line `#first + index`; one more entry than lines. */
  #tops: number[] = [0];
  #first = 0;
  #head = 0;

  /** Rows of all kept lines. */
  get total(): number {
    return this.#at(this.#tops.length - 1) - this.#at(this.#head);
  }

  clear(first: number): void {
    this.#tops = [0];
    this.#first = first;
    this.#head = 0;
  }

  push(rows: number): void {
    this.#tops.push(this.#at(this.#tops.length - 1) + Math.max(1, rows));
  }

  /** Forgets lines before `number`. Returns how many rows went. */
  dropBefore(number: number): number {
    const count = Math.max(0, Math.min(number - this.#first, this.#tops.length - 1 - this.#head));
    const before = this.#at(this.#head);
    this.#head += count;
    this.#first += count;
    const gone = this.#at(this.#head) - before;
    if (this.#head > 20_000) {
      this.#tops = this.#tops.slice(this.#head);
      this.#head = 0;
    }
    return gone;
  }

  /** Rows between the first kept line and this one. */
  top(number: number): number {
    return this.#at(this.#head + (number - this.#first)) - this.#at(this.#head);
  }

  /** The line that covers this row. */
  lineAt(row: number): number {
    const wanted = row + this.#at(this.#head);
    let low = this.#head;
    let high = this.#tops.length - 1;
    while (low + 1 < high) {
      const middle = (low + high) >> 1;
      if (this.#at(middle) <= wanted) low = middle;
      else high = middle;
    }
    return this.#first + (low - this.#head);
  }

  #at(index: number): number {
    return this.#tops[Math.max(0, Math.min(index, this.#tops.length - 1))] ?? 0;
  }
}
