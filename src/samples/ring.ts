/**
 * Rows of numbers by tick, the newest `length` of them, in one typed array. A tick is a whole number that grows with time; ticks that
 * nobody wrote read as NaN. Invariant: memory is fixed at `length` × `width` × 4 bytes.
 */
export class Ring {
  readonly #values: Float32Array;
  #newest: number | null = null;

  constructor(
    readonly length: number,
    readonly width: number,
  ) {
    this.#values = new Float32Array(length * width).fill(Number.NaN);
  }

  get newest(): number | null {
    return this.#newest;
  }

  /** Overwrites the row when the tick was written already. Ticks of the past, after the clock was set back, are ignored. */
  write(tick: number, row: ArrayLike<number>): void {
    const newest = this.#newest ?? tick - 1;
    if (tick < newest) return;
    for (let skipped = Math.max(newest + 1, tick - this.length + 1); skipped < tick; skipped += 1) {
      this.#row(skipped).fill(Number.NaN);
    }
    this.#row(tick).set(row);
    this.#newest = tick;
  }

  at(tick: number, column: number): number {
    if (this.#newest === null || tick > this.#newest || tick <= this.#newest - this.length) return Number.NaN;
    return this.#values[(tick % this.length) * this.width + column] ?? Number.NaN;
  }

  /** The mean of each column over the ticks from `first` to `last`, of what was written; NaN where nothing was. */
  means(first: number, last: number): Float32Array {
    return Float32Array.from({ length: this.width }, (_, column) => {
      let [sum, count] = [0, 0];
      for (let tick = first; tick <= last; tick += 1) {
        const value = this.at(tick, column);
        if (Number.isNaN(value)) continue;
        sum += value;
        count += 1;
      }
      return count === 0 ? Number.NaN : sum / count;
    });
  }

  #row(tick: number): Float32Array {
    const start = (tick % this.length) * this.width;
    return this.#values.subarray(start, start + this.width);
  }
}
