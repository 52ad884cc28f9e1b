/**
 * Runs at once, then at most once per `everyMs`; what was asked for meanwhile runs once at the end.
 * `after` is setTimeout; it returns a function that cancels.
 */
export class Pace {
  #cancel: (() => void) | null = null;
  #isWanted = false;

  constructor(
    private readonly run: () => void,
    private readonly everyMs: number,
    private readonly after: (ms: number, run: () => void) => () => void = later,
  ) {}

  ask(): void {
    if (this.#cancel) {
      this.#isWanted = true;
      return;
    }
    this.#cancel = this.after(this.everyMs, () => this.#rested());
    this.run();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#isWanted = false;
  }

  #rested(): void {
    this.#cancel = null;
    if (!this.#isWanted) return;
    this.#isWanted = false;
    this.ask();
  }
}

function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
