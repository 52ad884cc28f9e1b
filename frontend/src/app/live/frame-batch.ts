/**
 * Gathers changes and hands them on together, once per frame: a burst of events costs one update of the page.
 * `schedule` calls back at the next frame.
 */
export class FrameBatch<T> {
  #pending: T[] = [];

  constructor(
    private readonly apply: (changes: readonly T[]) => void,
    private readonly schedule: (run: () => void) => void = nextFrame,
  ) {}

  add(change: T): void {
    this.#pending.push(change);
    if (this.#pending.length === 1) this.schedule(() => this.flush());
  }

  flush(): void {
    const changes = this.#pending;
    this.#pending = [];
    if (changes.length > 0) this.apply(changes);
  }

  clear(): void {
    this.#pending = [];
  }
}

/** A hidden page gets no frames; its changes must not pile up. */
function nextFrame(run: () => void): void {
  if (document.hidden) setTimeout(run, 0);
  else requestAnimationFrame(() => run());
}
