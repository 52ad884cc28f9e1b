/**
 * Stands before a Berth and puts one text in the place of every free string that it answers with, in JSON, in events and in logs: as if all
 * who may set a string had set this one, and nothing had been refused. What tells things apart (ids, states, kinds, instants) stays.
 */
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const KEPT_KEYS =
  /^(?:id|key|cursor|nextCursor|since|state|kind|result|lastResult|type|protocol|status|step|resource)$|(?:Id|Ids|At)$/;
/** Records whose keys are ids or states, and whose values are no words. */
const KEPT_RECORDS = /^(?:byState|observedAt)$/;

export class PoisoningProxy {
  /** Empty: everything goes through as it is. */
  text = '';
  /** While true, nothing goes through. */
  #isCut = false;
  readonly #server: Server;

  private constructor(
    private readonly target: URL,
    /** Changes an answer before it is poisoned, such as another state. */
    readonly before: (path: string, body: unknown) => unknown,
  ) {
    this.#server = createServer((incoming, outgoing) => this.#forward(incoming, outgoing));
  }

  static async start(target: string, before: (path: string, body: unknown) => unknown): Promise<PoisoningProxy> {
    const proxy = new PoisoningProxy(new URL(target), before);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Breaks every connection, and refuses new ones until it is healed. */
  cut(): void {
    this.#isCut = true;
    this.#server.closeAllConnections();
  }

  heal(): void {
    this.#isCut = false;
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): void {
    if (this.#isCut) {
      incoming.socket.destroy();
      return;
    }
    const { 'accept-encoding': _plain, 'if-none-match': _fresh, ...headers } = incoming.headers;
    const onward = request(
      { host: this.target.hostname, port: this.target.port, path: incoming.url, method: incoming.method, headers },
      (answer) => this.#answer(incoming.url ?? '', answer, outgoing),
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  #answer(path: string, answer: IncomingMessage, outgoing: ServerResponse): void {
    const { 'content-length': _length, etag: _etag, ...headers } = answer.headers;
    const type = headers['content-type'] ?? '';
    const isData = path.startsWith('/api/') && path !== '/api/v1/session';
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    answer.on('error', () => outgoing.destroy());
    if (isData && type.includes('json')) {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => void chunks.push(chunk));
      answer.on('end', () => outgoing.end(this.#poisonText(path, Buffer.concat(chunks).toString())));
      return;
    }
    if (isData && (type.startsWith('text/event-stream') || (path.includes('/logs') && this.text !== ''))) {
      this.#lines(path, answer, outgoing, type.startsWith('text/event-stream'));
      return;
    }
    outgoing.flushHeaders();
    answer.pipe(outgoing);
  }

  #lines(path: string, answer: IncomingMessage, outgoing: ServerResponse, areEvents: boolean): void {
    outgoing.flushHeaders();
    let rest = '';
    answer.setEncoding('utf8');
    answer.on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) outgoing.write(`${areEvents ? this.#event(path, line) : this.#logLine(line)}\n`);
    });
    answer.on('end', () => outgoing.end());
  }

  #event(path: string, line: string): string {
    return line.startsWith('data:') ? `data: ${this.#poisonText(path, line.slice(5).trim())}` : line;
  }

  /** The instant before each line stays. */
  #logLine(line: string): string {
    return line.replace(/^(\S+Z )?.*$/, (_all, at: string | undefined) => `${at ?? ''}${this.text}`);
  }

  #poisonText(path: string, text: string): string {
    if (text === '') return text;
    return JSON.stringify(this.#poison(this.before(path, JSON.parse(text)), ''));
  }

  #poison(value: unknown, key: string): unknown {
    if (this.text === '') return value;
    if (typeof value === 'string') return KEPT_KEYS.test(key) ? value : this.text;
    if (Array.isArray(value)) return value.map((each) => this.#poison(each, key));
    if (typeof value !== 'object' || value === null || KEPT_RECORDS.test(key)) return value;
    const isProblem = 'title' in value && 'status' in value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        name,
        isProblem && name === 'code' ? each : this.#poison(each, name),
      ]),
    );
  }
}
