export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads a stream of server-sent events; `next` waits for the next one that fits, and remembers what it passed over. */
export class EventReader {
  readonly seen: StreamEvent[] = [];
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';
  /** The whole text, comments too. */
  text = '';

  constructor(response: Response) {
    if (!response.body) throw new Error('the answer has no body');
    this.#reader = response.body.getReader();
  }

  async next(fits: (event: StreamEvent) => boolean = () => true): Promise<StreamEvent> {
    for (;;) {
      const found = await this.#read();
      if (found === null) throw new Error(`the stream ended after ${JSON.stringify(this.seen)}`);
      this.seen.push(found);
      if (fits(found)) return found;
    }
  }

  /** Resolves when the other side has ended the stream. */
  async end(): Promise<void> {
    while ((await this.#read()) !== null);
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }

  async #read(): Promise<StreamEvent | null> {
    for (;;) {
      const end = this.#rest.indexOf('\n\n');
      if (end !== -1) {
        const block = this.#rest.slice(0, end);
        this.#rest = this.#rest.slice(end + 2);
        const fields = new Map(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        );
        const event = fields.get('event');
        if (event !== undefined)
          return { id: fields.get('id') ?? '', event, data: JSON.parse(fields.get('data') ?? 'null') };
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      const text = this.#decoder.decode(value, { stream: true });
      this.text += text;
      this.#rest += text;
    }
  }
}
