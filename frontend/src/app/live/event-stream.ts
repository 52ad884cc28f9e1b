/**
 * One open event stream that heals itself. No Angular in here.
 *
 *   closed ─ open() ─► connecting ─ 200 ─► live ─ ended, silent, broken ─► waiting ─ backoff or tryNow() ─► connecting
 *                                                       any ─ tab hidden ─► hidden ─ tab shown ─► connecting
 *
 * - Comes back with the last id that it has seen, so that the server can send what was missed.
 * - A stream that says nothing for SILENCE_MS is broken, whatever TCP thinks: the server beats every 15 s.
 * Invariant: at most one request is open.
 */
import { backoffMs } from './backoff';
import { type ServerEvent, SseParser } from './sse-parser';
import type { StreamHost } from './stream-host';

const SILENCE_MS = 40_000;

export type StreamState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'connecting'; readonly attempt: number }
  | { readonly kind: 'live' }
  | { readonly kind: 'waiting'; readonly attempt: number; readonly retryAt: number };

export interface StreamListener {
  state(state: StreamState): void;
  event(event: ServerEvent): void;
  /** `isResumed`: the server goes on where the last stream ended; false: what happened before is unknown. */
  opened(isResumed: boolean, response: Response): void;
  /** `status` 0: no answer at all; 200: it had been open. */
  failed(status: number): void;
}

export class EventStream {
  #state: StreamState = { kind: 'closed' };
  #lastId = '';
  #attempt = 0;
  #heardAt = 0;
  #request: AbortController | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopWatching: (() => void) | null = null;

  constructor(
    private readonly url: string,
    private readonly host: StreamHost,
    private readonly listener: StreamListener,
  ) {}

  /** When anything, even a beat, was last heard; 0: never. */
  get heardAt(): number {
    return this.#heardAt;
  }

  open(): void {
    if (this.#state.kind !== 'closed') return;
    this.#stopWatching = this.host.onVisibility(() => this.#visibility());
    if (this.host.isHidden()) this.#go({ kind: 'hidden' });
    else this.#connect();
  }

  /** Ends it for good: the next `open` begins afresh. */
  close(): void {
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#lastId = '';
    this.#attempt = 0;
    this.#drop();
    this.#go({ kind: 'closed' });
  }

  tryNow(): void {
    if (this.#state.kind === 'waiting') this.#connect();
  }

  #visibility(): void {
    if (this.host.isHidden()) {
      this.#drop();
      this.#go({ kind: 'hidden' });
    } else if (this.#state.kind === 'hidden') {
      this.#attempt = 0;
      this.#connect();
    }
  }

  #go(state: StreamState): void {
    this.#state = state;
    this.listener.state(state);
  }

  #drop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#request?.abort();
    this.#request = null;
  }

  #connect(): void {
    this.#drop();
    const request = new AbortController();
    this.#request = request;
    this.#go({ kind: 'connecting', attempt: this.#attempt });
    void this.#run(request);
  }

  async #run(request: AbortController): Promise<void> {
    let status = 0;
    try {
      this.#expect(request);
      const response = await this.host.fetch(this.#address(), request.signal);
      if (request.signal.aborted) return;
      if (!response.ok || !response.body) {
        status = response.status;
        await response.body?.cancel();
      } else {
        status = response.status;
        this.#opened(response);
        await this.#read(response.body, request);
      }
    } catch {
      // A broken connection: told below like one that ended.
    }
    if (this.#request !== request) return;
    this.#drop();
    this.#lost(status);
  }

  #address(): string {
    const joint = this.url.includes('?') ? '&' : '?';
    return this.#lastId === '' ? this.url : `${this.url}${joint}lastEventId=${encodeURIComponent(this.#lastId)}`;
  }

  #opened(response: Response): void {
    this.#attempt = 0;
    this.#heardAt = this.host.now();
    this.#go({ kind: 'live' });
    this.listener.opened(this.#lastId !== '', response);
  }

  async #read(body: ReadableStream<Uint8Array>, request: AbortController): Promise<void> {
    const parser = new SseParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || request.signal.aborted) return;
      this.#heardAt = this.host.now();
      this.#expect(request);
      for (const event of parser.push(decoder.decode(value, { stream: true }))) this.listener.event(event);
      if (parser.lastId !== '') this.#lastId = parser.lastId;
    }
  }

  /** Something must be heard within SILENCE_MS from now. */
  #expect(request: AbortController): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.host.after(SILENCE_MS, () => request.abort());
  }

  #lost(status: number): void {
    this.listener.failed(status);
    // The listener may have closed the stream: without a session there is nothing to come back to.
    if (this.#state.kind === 'closed' || this.#state.kind === 'hidden') return;
    this.#attempt += 1;
    const waitMs = backoffMs(this.#attempt, this.host.random());
    this.#go({ kind: 'waiting', attempt: this.#attempt, retryAt: this.host.now() + waitMs });
    this.#cancelTimer = this.host.after(waitMs, () => this.#connect());
  }
}
