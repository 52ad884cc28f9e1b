/** Keeps the first few of many in order, in one pass: far cheaper than sorting a hundred thousand for a page of fifty. */
export class FirstFew<T> {
  readonly #items: T[] = [];

  constructor(
    private readonly limit: number,
    private readonly compare: (a: T, b: T) => number,
  ) {}

  /** The last that is kept, once there are enough: what does not come before it is not kept. */
  last(): T | undefined {
    return this.#items[this.limit - 1];
  }

  add(item: T): void {
    const last = this.last();
    if (last !== undefined && this.compare(item, last) >= 0) return;
    let [low, high] = [0, this.#items.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#items[middle];
      if (there !== undefined && this.compare(there, item) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, item);
    if (this.#items.length > this.limit) this.#items.pop();
  }

  /** In order. */
  list(): readonly T[] {
    return this.#items;
  }
}
