/**
 * One request and its answer over a dispatcher. It follows no redirect, unpacks no encoding and retries nothing.
 * Invariant: when it fails, `wasSent` is false only if not one byte of the request can have left: the dispatcher had not begun to write it.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface OutgoingRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Holds back and lets go the sender while the reader is busy. */
export interface Flow {
  pause(): void;
  resume(): void;
}

export interface AnswerReader {
  /** The request has got its socket and is being written. */
  sent?(): void;
  /** Status and headers are here. What it throws ends the exchange. */
  begin(status: number, headers: IncomingHttpHeaders, flow: Flow): void;
  /** What it throws ends the exchange. */
  take(chunk: Buffer): void;
}

export class ExchangeError extends Error {
  constructor(
    readonly wasSent: boolean,
    override readonly cause: unknown,
  ) {
    super('the exchange failed', { cause });
  }
}

class Exchange implements Dispatcher.DispatchHandler {
  #controller: Dispatcher.DispatchController | null = null;
  #isOver = false;

  constructor(
    private readonly reader: AnswerReader,
    private readonly settle: { resolve: () => void; reject: (error: ExchangeError) => void },
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up while it waited for a socket: aborting here, before the first byte, keeps it unsent.
    if (this.#isOver) return controller.abort(new Error('given up'));
    this.#controller = controller;
    this.#guarded(() => this.reader.sent?.());
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status >= 200) this.#guarded(() => this.reader.begin(status, headers, controller));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#guarded(() => this.reader.take(chunk));
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.settle.resolve();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    this.fail(error);
  }

  /** Ends it now: the caller hears at once, the socket is freed behind. */
  fail(cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.settle.reject(new ExchangeError(this.#controller !== null, cause));
    this.#controller?.abort(cause instanceof Error ? cause : new Error('given up', { cause }));
  }

  #guarded(read: () => void): void {
    if (this.#isOver) return;
    try {
      read();
    } catch (error) {
      this.fail(error);
    }
  }
}

/** Resolves when the answer has been read to its end. @throws ExchangeError; its cause is `signal.reason` when that ended it */
export async function exchange(
  dispatcher: Dispatcher,
  request: OutgoingRequest,
  reader: AnswerReader,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const one = new Exchange(reader, { resolve, reject });
  const onAbort = () => one.fail(signal.reason);
  if (signal.aborted) throw new ExchangeError(false, signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    // The caller's deadline rules; the dispatcher's own timers would end quiet watches and followed logs.
    dispatcher.dispatch({ ...request, headersTimeout: 0, bodyTimeout: 0 }, one);
  } catch (error) {
    one.fail(error);
  }
  try {
    await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
