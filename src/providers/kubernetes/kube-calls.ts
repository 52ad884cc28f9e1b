/**
 * Calls to one API server: JSON in, JSON out, or a stream of bytes. Everything that every call must obey is here: one deadline over
 * link, queue, answer; size, depth and encoding of answers; no redirects; a bounded number at once; the server's own Retry-After.
 * Errors are ClusterErrors; a change that failed after its first byte may have left is `unclear`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { IncomingHttpHeaders } from 'node:http';
import type { CallOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { Deadline } from './deadline.js';
import { type AnswerReader, exchange, ExchangeError, type OutgoingRequest } from './exchange.js';
import { Gate } from './gate.js';
import { JsonGuard, type JsonLimits } from './json-guard.js';
import type { KubeLink, KubeSession } from './kube-link.js';
import { badResponse, type Fields, isFields } from './untrusted.js';

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** Longest time that a server may hold back our next calls by Retry-After. */
const MAX_RETRY_AFTER_MS = 30_000;

/** Error bodies are read for their words only. */
const MAX_ERROR_BYTES = 256 * 1024;

/** The dispatcher adds the credential. */
function outgoing(session: KubeSession, call: Call): OutgoingRequest {
  const base = new URL(session.baseUrl);
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  return {
    origin: base.origin,
    path: `${base.pathname.replace(/\/$/, '')}${call.path}`,
    method: call.method,
    headers: {
      accept: 'application/json',
      'user-agent': 'berth',
      ...(body === null ? {} : { 'content-type': 'application/json' }),
    },
    body,
  };
}

function refuseOddAnswer(status: number, headers: IncomingHttpHeaders, maxBytes: number): void {
  if (status >= 300 && status < 400)
    throw badResponse('the API server redirects; Berth follows nobody to another address');
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw badResponse('the answer is packed, which was not asked for');
  if (Number(headers['content-length'] ?? 0) > maxBytes)
    throw badResponse(`the answer is larger than ${maxBytes} bytes`);
}

/** Reads a whole JSON answer within the limits. An error's body may be anything. */
class JsonReader implements AnswerReader {
  status = 0;
  headers: IncomingHttpHeaders = {};
  #guard: JsonGuard;

  constructor(private readonly limits: JsonLimits) {
    this.#guard = new JsonGuard(limits);
  }

  begin(status: number, headers: IncomingHttpHeaders): void {
    this.status = status;
    this.headers = headers;
    refuseOddAnswer(status, headers, this.limits.maxBytes);
    if (status >= 400) this.#guard = new JsonGuard({ ...this.limits, maxBytes: MAX_ERROR_BYTES });
  }

  take(chunk: Buffer): void {
    try {
      this.#guard.take(chunk);
    } catch (error) {
      // What a refusal says beyond the limits is not worth losing the refusal.
      throw this.status >= 400 ? new StatusError(this.status, null) : error;
    }
  }

  /** @throws StatusError when it is not 2xx, ClusterError KUBERNETES_BAD_RESPONSE when it is not a JSON object */
  value(): Fields {
    if (this.status >= 300) throw new StatusError(this.status, this.#errorBody());
    const value = this.#guard.value();
    if (!isFields(value)) throw badResponse('the answer is not a JSON object');
    return value;
  }

  #errorBody(): unknown {
    try {
      return this.#guard.value();
    } catch {
      return null;
    }
  }
}

export class KubeCalls {
  readonly #gate: Gate;
  #quietUntil = 0;

  /** `closed` ends every call for good. */
  constructor(
    private readonly link: KubeLink,
    private readonly limits: JsonLimits & { readonly connections: number },
    private readonly closed: AbortSignal,
  ) {
    this.#gate = new Gate(limits.connections);
  }

  /**
   * One JSON call. With `isRaw`, an answer that is not 2xx is thrown as a StatusError, for callers to whom it means something.
   * @throws ClusterError
   */
  async json(call: Call, options: CallOptions, isRaw = false): Promise<Fields> {
    using deadline = new Deadline({ caller: options.signal, closed: this.closed }).within(options.timeoutMs);
    const isChange = call.method !== 'GET';
    try {
      return await this.#gate.run(deadline.signal, () => this.#exchangeJson(call, deadline, options));
    } catch (error) {
      const inner = error instanceof ExchangeError ? error.cause : error;
      if (inner instanceof StatusError) throw isRaw ? inner : clusterError(inner, isChange);
      throw clusterError(error, isChange);
    }
  }

  /**
   * Streams an answer to `reader` until its end. The caller owns the deadline, and moves it as bytes come.
   * Not behind the gate: streams last, and would keep short calls out.
   * @throws ClusterError
   */
  async stream(path: string, reader: AnswerReader, deadline: Deadline, options: CallOptions): Promise<void> {
    try {
      const session = await this.#open(deadline, options);
      const request = outgoing(session, { method: 'GET', path });
      const refusal = new JsonReader({ ...this.limits, maxBytes: MAX_ERROR_BYTES });
      let isRefused = false;
      await exchange(
        session.streams.dispatcher,
        request,
        {
          begin: (status, headers, flow) => {
            if (status === 401) session.discard();
            isRefused = status >= 400;
            if (isRefused) return refusal.begin(status, headers);
            refuseOddAnswer(status, headers, Infinity);
            reader.begin(status, headers, flow);
          },
          sent: () => reader.sent?.(),
          take: (chunk) => (isRefused ? refusal.take(chunk) : reader.take(chunk)),
        },
        deadline.signal,
      );
      if (isRefused) refusal.value();
    } catch (error) {
      const inner = error instanceof ExchangeError ? error.cause : error;
      throw inner instanceof StatusError ? inner : clusterError(error, false);
    }
  }

  /** A deadline that also ends with the provider. The caller disposes of it. */
  deadline(options: CallOptions): Deadline {
    return new Deadline({ caller: options.signal, closed: this.closed }).within(options.timeoutMs);
  }

  async #open(deadline: Deadline, options: CallOptions): Promise<KubeSession> {
    const session = await this.link.open({ timeoutMs: options.timeoutMs, signal: deadline.signal }).catch((error) => {
      // The link knows only that the wait was ended; the deadline knows why.
      throw deadline.signal.aborted ? new ExchangeError(false, deadline.signal.reason) : error;
    });
    deadline.follow(session.broken, 'link');
    return session;
  }

  async #exchangeJson(call: Call, deadline: Deadline, options: CallOptions): Promise<Fields> {
    await this.#waitQuiet(deadline.signal);
    const session = await this.#open(deadline, options);
    const request = outgoing(session, call);
    const reader = new JsonReader(this.limits);
    await exchange(session.dispatcher, request, reader, deadline.signal);
    this.#heedRetryAfter(reader);
    if (reader.status === 401) session.discard();
    try {
      return reader.value();
    } catch (error) {
      throw new ExchangeError(true, error);
    }
  }

  async #waitQuiet(signal: AbortSignal): Promise<void> {
    const waitMs = this.#quietUntil - performance.now();
    if (waitMs <= 0) return;
    try {
      await sleep(waitMs, undefined, { signal });
    } catch {
      throw new ExchangeError(false, signal.reason);
    }
  }

  #heedRetryAfter(reader: JsonReader): void {
    if (reader.status !== 429 && reader.status !== 503) return;
    const seconds = Number(reader.headers['retry-after'] ?? 0);
    if (seconds > 0) this.#quietUntil = performance.now() + Math.min(MAX_RETRY_AFTER_MS, seconds * 1_000);
  }
}
