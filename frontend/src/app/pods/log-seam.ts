/** Joins two readings of one log that overlap: lines that were told before are left out. Pure. */
interface Stamped {
  readonly at: string;
}

/** RFC 3339 instants of one machine, made comparable as text: fractions have as many digits as they need. */
function comparable(at: string): string {
  const [whole = '', fraction = ''] = at.replace(/Z$/, '').split('.');
  return `${whole}.${fraction.padEnd(9, '0')}`;
}

export class LogSeam {
  /** The newest instant told, and how many lines carry it. */
  #last = '';
  #count = 0;
  /** How many lines of that instant must be left out still; null: past the seam. */
  #toSkip: number | null = null;

  /** A new reading begins. */
  begin(): void {
    this.#toSkip = this.#last === '' ? null : this.#count;
  }

  fresh<T extends Stamped>(lines: readonly T[]): readonly T[] {
    return lines.filter((line) => this.#isFresh(line));
  }

  #isFresh({ at }: Stamped): boolean {
    if (at === '') return this.#toSkip === null;
    const key = comparable(at);
    if (this.#toSkip !== null) {
      if (key < this.#last) return false;
      if (key === this.#last && this.#toSkip > 0) {
        this.#toSkip -= 1;
        return false;
      }
      this.#toSkip = null;
    }
    if (key === this.#last) this.#count += 1;
    else {
      this.#last = key;
      this.#count = 1;
    }
    return true;
  }
}
