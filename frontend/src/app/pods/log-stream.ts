/**
 * Reads one pod's log as it is written. No Angular in here.
 *
 *   stopped ─ start() ─► connecting ─ 200 ─► open ─ end ─► ended (not followed)
 *                             ▲                │
 *                             └─ backoff ── waiting ◄─ end, broken, no log yet (followed)      any ─ tab hidden ─► hidden ─► connecting
 *
 * Every line is asked for with its instant: after a break the log goes on where it was, without a line twice. What was written while it
 * was away is asked for by the time since the last piece was heard, so that no clock of another machine matters.
 * Invariant: at most one request is open.
 */
import { backoffMs } from '../live/backoff';
import type { StreamHost } from '../live/stream-host';
import { LogSplitter } from './log-ring';
import { LogSeam } from './log-seam';

export interface LogWish {
  readonly podId: string;
  /** Only the last lines; null: all that there are. */
  readonly tail: number | null;
  /** Only what was written in the last seconds; null: whenever. */
  readonly sinceSeconds: number | null;
  readonly isPrevious: boolean;
  readonly isFollowed: boolean;
}

export type LogState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'waiting'; readonly retryAt: number };

export interface LogListener {
  state(state: LogState): void;
  lines(lines: readonly { readonly at: string; readonly text: string }[]): void;
  /** An answer that is no log. Returns whether it may be worth asking again. */
  refused(status: number, body: string): boolean;
}

/** Working on lines for longer than this would be felt. */
const SLICE_MS = 10;
/** Overlap of two requests: more than the clock of a node drifts while a log is broken. */
const OVERLAP_SECONDS = 5;

export class LogStream {
  #wish: LogWish | null = null;
  #state: LogState = { kind: 'stopped' };
  #request: AbortController | null = null;
  #cancelTimer: (() => void) | null = null;
  #stopWatching: (() => void) | null = null;
  #attempt = 0;
  #seam = new LogSeam();
  #heardAt = 0;

  constructor(
    private readonly host: StreamHost,
    private readonly listener: LogListener,
  ) {}

  start(wish: LogWish): void {
    this.stop();
    this.#wish = wish;
    this.#seam = new LogSeam();
    this.#attempt = 0;
    this.#heardAt = 0;
    this.#stopWatching = this.host.onVisibility(() => this.#visibility());
    if (this.host.isHidden()) this.#go({ kind: 'hidden' });
    else this.#connect(wish);
  }

  stop(): void {
    this.#wish = null;
    this.#stopWatching?.();
    this.#stopWatching = null;
    this.#drop();
    this.#go({ kind: 'stopped' });
  }

  tryNow(): void {
    if (this.#state.kind === 'waiting' && this.#wish) this.#connect(this.#wish);
  }

  #visibility(): void {
    if (!this.#wish || this.#state.kind === 'ended') return;
    if (this.host.isHidden()) {
      this.#drop();
      this.#go({ kind: 'hidden' });
    } else if (this.#state.kind === 'hidden') this.#connect(this.#wish);
  }

  #go(state: LogState): void {
    this.#state = state;
    this.listener.state(state);
  }

  #drop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#request?.abort();
    this.#request = null;
  }

  #connect(wish: LogWish): void {
    this.#drop();
    const request = new AbortController();
    this.#request = request;
    this.#go({ kind: 'connecting' });
    void this.#run(wish, request);
  }

  async #run(wish: LogWish, request: AbortController): Promise<void> {
    let isWorthAnotherTry = wish.isFollowed;
    try {
      const response = await this.host.fetch(this.#address(wish), request.signal);
      if (response.ok && response.body) {
        this.#go({ kind: 'open' });
        await this.#read(response.body, request.signal);
      } else {
        const body = await response.text();
        if (this.#request === request)
          isWorthAnotherTry = this.listener.refused(response.status, body) && wish.isFollowed;
      }
    } catch {
      // Broken: a followed log goes on below.
      if (this.#request === request && !wish.isFollowed) this.listener.refused(0, '');
    }
    if (this.#request !== request) return;
    this.#drop();
    if (!isWorthAnotherTry) this.#go({ kind: 'ended' });
    else this.#later(wish);
  }

  #later(wish: LogWish): void {
    this.#attempt += 1;
    const waitMs = backoffMs(this.#attempt, this.host.random());
    this.#go({ kind: 'waiting', retryAt: this.host.now() + waitMs });
    this.#cancelTimer = this.host.after(waitMs, () => this.#connect(wish));
  }

  #address({ podId, tail, sinceSeconds, isPrevious, isFollowed }: LogWish): string {
    const query = new URLSearchParams({ timestamps: 'true' });
    if (isFollowed) query.set('follow', 'true');
    if (isPrevious) query.set('previous', 'true');
    if (this.#heardAt > 0) {
      const away = Math.ceil((this.host.now() - this.#heardAt) / 1_000) + OVERLAP_SECONDS;
      query.set('since', String(Math.max(1, away)));
    } else {
      if (tail !== null) query.set('tail', String(tail));
      if (sinceSeconds !== null) query.set('since', String(sinceSeconds));
    }
    return `/api/v1/pods/${encodeURIComponent(podId)}/logs?${query.toString()}`;
  }

  async #read(body: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
    const splitter = new LogSplitter();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    this.#seam.begin();
    let sliceAt = this.host.now();
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      this.#take(done ? splitter.flush() : splitter.push(decoder.decode(value, { stream: true })));
      if (done) return;
      if (this.host.now() - sliceAt <= SLICE_MS) continue;
      // A fast log must leave room for the page: without this, chunks that wait already are read without a pause.
      await new Promise<void>((resolve) => this.host.after(0, resolve));
      sliceAt = this.host.now();
    }
  }

  #take(lines: readonly { readonly at: string; readonly text: string }[]): void {
    const fresh = this.#seam.fresh(lines);
    if (lines.length > 0) this.#heardAt = this.host.now();
    if (fresh.length === 0) return;
    this.#attempt = 0;
    this.listener.lines(fresh);
  }
}
