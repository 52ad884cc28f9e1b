import type { ServerResponse } from 'node:http';

/** A reader that lets this much wait unread is cut off; it resumes with Last-Event-ID when it can read again. */
const MAX_UNREAD_BYTES = 1_048_576;
const RETRY_MS = 2_000;

/** One open event stream. Invariant: never holds more than MAX_UNREAD_BYTES and one event for its reader. */
export class EventClient {
  constructor(private readonly response: ServerResponse) {}

  /** `data` is one line of JSON. */
  send(id: string, event: string, data: string): void {
    this.#write(`id: ${id}\nevent: ${event}\ndata: ${data}\n\n`);
  }

  beat(): void {
    this.#write(': \n\n');
  }

  /** Asks the reader to come back soon, and ends the stream. */
  end(): void {
    this.response.end(`retry: ${RETRY_MS}\n\n`);
  }

  #write(text: string): void {
    if (this.response.destroyed || this.response.writableEnded) return;
    if (this.response.writableLength > MAX_UNREAD_BYTES) {
      this.response.destroy();
      return;
    }
    this.response.write(text);
  }
}
