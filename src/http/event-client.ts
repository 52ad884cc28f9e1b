import type { ServerResponse } from 'node:http';

/** While this much waits unread, a reader is told nothing more: what waits for it is kept as names, and told later as it is then. */
const MAX_UNREAD_BYTES = 65_536;
/** A reader that reads nothing for so long is cut off; it resumes with Last-Event-ID when it can read again. */
const MAX_CHOKED_MS = 60_000;
const RETRY_MS = 2_000;

/** One open event stream, as bytes. Invariant: never holds much more than MAX_UNREAD_BYTES for its reader. */
export class EventClient {
  #chokedAtMs: number | null = null;

  constructor(private readonly response: ServerResponse) {}

  /** `data` is one line of JSON. @returns the bytes that were written */
  send(id: string, event: string, data: string): number {
    return this.#write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
  }

  /** Only an id to resume from. */
  mark(id: string): void {
    this.#write(`id: ${id}\n\n`);
  }

  beat(): void {
    this.#write(': \n\n');
  }

  /** Everything that `run` sends leaves together. */
  together(run: () => void): void {
    this.response.cork();
    run();
    this.response.uncork();
  }

  /** Whether the reader is behind. Cuts it off when it has been for too long. */
  isChoked(nowMs: number): boolean {
    if (this.response.destroyed || this.response.writableEnded) return true;
    if (this.response.writableLength <= MAX_UNREAD_BYTES) {
      this.#chokedAtMs = null;
      return false;
    }
    this.#chokedAtMs ??= nowMs;
    if (nowMs - this.#chokedAtMs > MAX_CHOKED_MS) this.response.destroy();
    return true;
  }

  /** Asks the reader to come back soon, and ends the stream. */
  end(): void {
    this.response.end(`retry: ${RETRY_MS}\n\n`);
  }

  #write(text: string): number {
    if (!this.response.destroyed && !this.response.writableEnded) this.response.write(text);
    return Buffer.byteLength(text);
  }
}
