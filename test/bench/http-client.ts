/**
 * The smallest HTTP/1.1 client that keeps its connection: what it costs must not hide what it measures.
 * Concurrency: one request at a time per connection.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export class HttpConnection {
  #socket: Socket | null = null;
  #received: Buffer[] = [];
  #size = 0;
  #wanted = 0;
  #answer: PromiseWithResolvers<Answer> | null = null;
  #isLast = false;
  #status = 0;

  constructor(private readonly url: string) {}

  /** Opens the connection, so that the first request does not pay for it. */
  async open(): Promise<this> {
    const { hostname, port } = new URL(this.url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('error', (error) => this.#answer?.reject(error));
    socket.on('close', () => {
      if (this.#socket === socket) this.#socket = null;
      this.#answer?.reject(new Error('the server hung up'));
    });
    this.#socket = socket;
    return this;
  }

  async send(bytes: Buffer): Promise<Answer> {
    if (this.#socket === null) await this.open();
    this.#answer = Promise.withResolvers<Answer>();
    this.#socket?.write(bytes);
    return this.#answer.promise;
  }

  close(): void {
    this.#answer = null;
    this.#socket?.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received.push(chunk);
    this.#size += chunk.length;
    if (this.#wanted === 0) this.#readHead();
    if (this.#wanted === 0 || this.#size < this.#wanted) return;
    const whole = this.#received.length === 1 ? chunk : Buffer.concat(this.#received);
    const body = whole.subarray(whole.indexOf(END_OF_HEAD) + END_OF_HEAD.length, this.#wanted);
    const answer = this.#answer;
    this.#received = [];
    this.#size = this.#wanted = 0;
    this.#answer = null;
    if (this.#isLast) {
      this.#socket?.destroy();
      this.#socket = null;
    }
    answer?.resolve({ status: this.#status, body });
  }

  #readHead(): void {
    const whole = Buffer.concat(this.#received);
    const end = whole.indexOf(END_OF_HEAD);
    if (end === -1) return;
    const head = whole.toString('latin1', 0, end);
    this.#status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && this.#status !== 304 && this.#status !== 204) {
      this.#answer?.reject(new Error(`an answer without a length: ${head}`));
      return;
    }
    this.#isLast = /\r\nconnection: *close/i.test(head);
    this.#wanted = end + END_OF_HEAD.length + (this.#status === 304 ? 0 : Number(length ?? 0));
  }
}

/** A request as bytes. */
export function request(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  json?: unknown,
): Buffer {
  const body = json === undefined ? '' : JSON.stringify(json);
  const all = {
    host: '127.0.0.1',
    ...headers,
    ...(json === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${body}`);
}
