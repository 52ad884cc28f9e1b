/**
 * The changes of a pretend cluster in order, and who listens. A cursor is `<epoch>:<sequence>`; a cursor of another epoch, or one
 * older than the window, is expired. Concurrency: listeners are called at once, in order, and must not throw.
 */
import type { ClusterChange, WatchCursor } from '../cluster-provider.js';

const WINDOW = 100;

export class ChangeLog {
  readonly #entries: { readonly sequence: number; readonly change: ClusterChange }[] = [];
  readonly #listeners = new Set<(change: ClusterChange) => void>();
  #sequence = 0;
  #oldest = 1;

  constructor(private readonly epoch: string) {}

  get cursor(): WatchCursor {
    return `${this.epoch}:${this.#sequence}`;
  }

  append(change: ClusterChange): void {
    this.#entries.push({ sequence: ++this.#sequence, change });
    if (this.#entries.length > WINDOW) this.forget(this.#entries.length - WINDOW);
    for (const listener of this.#listeners) listener(change);
  }

  /** Drops the oldest entries, so that old cursors expire. */
  forget(count: number = this.#entries.length): void {
    this.#entries.splice(0, count);
    this.#oldest = this.#entries[0]?.sequence ?? this.#sequence + 1;
  }

  /** What came after the cursor, or null when it has expired. */
  since(cursor: WatchCursor): readonly ClusterChange[] | null {
    const [epoch, text] = cursor.split(':');
    const after = Number(text);
    if (epoch !== this.epoch || !Number.isInteger(after) || after > this.#sequence || after + 1 < this.#oldest)
      return null;
    return this.#entries.filter((each) => each.sequence > after).map((each) => each.change);
  }

  listen(listener: (change: ClusterChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
