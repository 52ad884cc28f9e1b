/** The history of one thing in two resolutions: an hour by 15 seconds, a day by 5 minutes. */
import { Ring } from './ring.js';

export const FINE_MS = 15_000;
export const COARSE_MS = 300_000;
const FINE_LENGTH = 3_600_000 / FINE_MS;
const COARSE_LENGTH = 86_400_000 / COARSE_MS;
const FINE_PER_COARSE = COARSE_MS / FINE_MS;

export type Hours = 1 | 24;

export class Series {
  readonly #fine: Ring;
  readonly #coarse: Ring;

  constructor(width: number) {
    this.#fine = new Ring(FINE_LENGTH, width);
    this.#coarse = new Ring(COARSE_LENGTH, width);
  }

  /** `tick`: number of the 15 seconds. The 5 minutes that it belongs to become the mean of what is known of them. */
  write(tick: number, row: ArrayLike<number>): void {
    this.#fine.write(tick, row);
    const coarse = Math.floor(tick / FINE_PER_COARSE);
    this.#coarse.write(coarse, this.#fine.means(coarse * FINE_PER_COARSE, tick));
  }

  /** One list per column, oldest first, ending with `nowTick`; NaN where nothing is known. Begins with the first that is known. */
  columns(hours: Hours, nowTick: number, oldest: number): { readonly fromMs: number; readonly columns: number[][] } {
    const isFine = hours === 1;
    const ring = isFine ? this.#fine : this.#coarse;
    const last = isFine ? nowTick : Math.floor(nowTick / FINE_PER_COARSE);
    const first = Math.max(last - ring.length + 1, isFine ? oldest : Math.floor(oldest / FINE_PER_COARSE));
    const columns = Array.from({ length: ring.width }, (_, column) =>
      Array.from({ length: Math.max(0, last - first + 1) }, (__, index) => ring.at(first + index, column)),
    );
    return { fromMs: first * (isFine ? FINE_MS : COARSE_MS), columns };
  }
}
