/** The kept lines of a log, where they stand, and where a text is found in them. Pure; the component draws what `window` returns. */
import { LogRing, type LogLine } from './log-ring';
import { LogRows } from './log-rows';
import { columnsOf, plainLog } from './log-text';

const MAX_LINES = 10_000;
/** About 16 MB. */
const MAX_CHARS = 8_000_000;

export interface LogLayout {
  /** Null: lines are not wrapped. */
  readonly columns: number | null;
  readonly hasTimestamps: boolean;
}

export interface DrawnLine {
  readonly line: LogLine;
  readonly rows: number;
}

export class LogView {
  readonly #ring = new LogRing(MAX_LINES, MAX_CHARS);
  readonly #rows = new LogRows();
  #layout: LogLayout = { columns: null, hasTimestamps: false };
  #query = '';
  #hits: number[] = [];
  #widest = 0;

  get lines(): number {
    return this.#ring.size;
  }

  /** How many older lines are no longer kept. */
  get dropped(): number {
    return this.#ring.first;
  }

  get rows(): number {
    return this.#rows.total;
  }

  /** Columns of the widest line so far. */
  get widest(): number {
    return this.#widest;
  }

  /** Numbers of the lines in which the query is found, oldest first. */
  get hits(): readonly number[] {
    return this.#hits;
  }

  /** Returns how many rows were lost at the top. */
  push(lines: readonly { readonly at: string; readonly text: string }[]): number {
    for (const { at, text } of lines) {
      this.#ring.push(at, text);
      const line = this.#ring.find(this.#ring.next - 1);
      if (line) this.#place(line);
    }
    const gone = this.#rows.dropBefore(this.#ring.first);
    const old = this.#hits.findIndex((hit) => hit >= this.#ring.first);
    if (old !== 0) this.#hits = old === -1 ? [] : this.#hits.slice(old);
    return gone;
  }

  arrange(layout: LogLayout): void {
    const { columns, hasTimestamps } = this.#layout;
    if (columns === layout.columns && hasTimestamps === layout.hasTimestamps) return;
    this.#layout = layout;
    this.#rows.clear(this.#ring.first);
    for (const line of this.#ring.range(this.#ring.first, this.#ring.next)) this.#rows.push(this.#rowsOf(line));
  }

  search(query: string): void {
    this.#query = query.toLowerCase();
    const lines = this.#query === '' ? [] : this.#ring.range(this.#ring.first, this.#ring.next);
    this.#hits = lines.filter((line) => this.#isHit(line)).map(({ number }) => number);
  }

  /** The lines that are seen between two rows, and the row where the first of them begins. */
  window(fromRow: number, toRow: number): { readonly top: number; readonly lines: readonly DrawnLine[] } {
    if (this.#ring.size === 0) return { top: 0, lines: [] };
    const first = this.#rows.lineAt(Math.max(0, fromRow));
    const last = this.#rows.lineAt(Math.max(0, toRow));
    const lines = this.#ring.range(first, last + 1).map((line) => ({ line, rows: this.#rowsOf(line) }));
    return { top: this.#rows.top(first), lines };
  }

  /** The row where this line begins. */
  rowOf(number: number): number {
    return this.#rows.top(number);
  }

  text(hasTimestamps: boolean): string {
    return this.#ring
      .range(this.#ring.first, this.#ring.next)
      .map(({ at, text }) => `${hasTimestamps && at !== '' ? `${at} ` : ''}${plainLog(text)}\n`)
      .join('');
  }

  #place(line: LogLine): void {
    this.#rows.push(this.#rowsOf(line));
    this.#widest = Math.max(this.#widest, line.text.length);
    if (this.#query !== '' && this.#isHit(line)) this.#hits.push(line.number);
  }

  #isHit({ text }: LogLine): boolean {
    return plainLog(text).toLowerCase().includes(this.#query);
  }

  #rowsOf({ at, text }: LogLine): number {
    const { columns, hasTimestamps } = this.#layout;
    if (columns === null) return 1;
    const stamp = hasTimestamps && at !== '' ? at.length + 1 : 0;
    return Math.max(1, Math.ceil((columnsOf(plainLog(text)) + stamp) / columns));
  }
}
