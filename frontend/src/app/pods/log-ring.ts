/**
 * The last lines of a log in bounded memory. Pure.
 * Invariant: at most `maxLines` lines and about `maxChars` characters are kept; line numbers go on when older lines are dropped.
 */
export interface LogLine {
  /** Counts from 0 over the whole life of the ring. */
  readonly number: number;
  /** The instant that stood before the line; empty when none did. */
  readonly at: string;
  readonly text: string;
}

const MAX_LINE_CHARS = 16_384;
const STAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) ?/;

export class LogRing {
  #lines: LogLine[] = [];
  /** Where the ring begins in `#lines`: dropping a line is moving this. */
  #head = 0;
  #next = 0;
  #chars = 0;

  constructor(
    private readonly maxLines: number,
    private readonly maxChars: number,
  ) {}

  get size(): number {
    return this.#lines.length - this.#head;
  }

  /** Number of the oldest line that is kept; how many were dropped before it. */
  get first(): number {
    return this.#next - this.size;
  }

  /** Number that the next line will get. */
  get next(): number {
    return this.#next;
  }

  push(at: string, text: string): void {
    const kept = text.length > MAX_LINE_CHARS ? `${text.slice(0, MAX_LINE_CHARS)}… (${text.length} characters)` : text;
    this.#lines.push({ number: this.#next, at, text: kept });
    this.#next += 1;
    this.#chars += kept.length;
    while (this.size > this.maxLines || (this.#chars > this.maxChars && this.size > 1)) this.#drop();
  }

  find(number: number): LogLine | undefined {
    const index = number - this.first;
    return index < 0 ? undefined : this.#lines[this.#head + index];
  }

  /** From number `from` up to but without `to`; what is no longer kept is left out. */
  range(from: number, to: number): LogLine[] {
    const start = this.#head + Math.max(0, from - this.first);
    return this.#lines.slice(start, this.#head + Math.max(0, to - this.first));
  }

  #drop(): void {
    this.#chars -= this.#lines[this.#head]?.text.length ?? 0;
    this.#head += 1;
    // Moving the rest is worth it only now and then.
    if (this.#head < this.maxLines) return;
    this.#lines = this.#lines.slice(this.#head);
    this.#head = 0;
  }
}

/** Splits a stream of text into whole lines, with the instant before each. */
export class LogSplitter {
  #rest = '';

  push(text: string): { readonly at: string; readonly text: string }[] {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    // A line without an end must not grow for ever.
    if (this.#rest.length > 16 * MAX_LINE_CHARS) {
      lines.push(this.#rest);
      this.#rest = '';
    }
    return lines.map(stamped);
  }

  /** What stands after the last line end, if anything. */
  flush(): { readonly at: string; readonly text: string }[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest === '' ? [] : [stamped(rest)];
  }
}

function stamped(line: string): { readonly at: string; readonly text: string } {
  const match = STAMP.exec(line);
  const at = match?.[1] ?? '';
  const rest = match ? line.slice(match[0].length) : line;
  return { at, text: rest.endsWith('\r') ? rest.slice(0, -1) : rest };
}
