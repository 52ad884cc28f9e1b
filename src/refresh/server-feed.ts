/**
 * Keeps the picture of one server current.
 *
 *            list            the stream ended: go on from its cursor
 *   (none) ───────► following ◄──┐
 *     ▲                │  └──────┘
 *     └── list again ──┘ the cursor expired, or the watch failed (with backoff)
 *
 * Promises: a watch that failed is never the end: another list is asked for, and each list starts a watch if none is open. A failure leaves
 * nodes and pods as they were, with their age, and says why in `refreshError`. A quiet cluster causes no writes but its age, now and then.
 * Invariant: it is the only writer of its server's resources; nothing is written after `close`. What a watch told is not overwritten by a
 * list that began earlier.
 * Concurrency: one list at a time (its loop sees to that), beside at most one watch.
 */
import { BerthError, ClusterError } from '../domain/errors.js';
import type { ServerObservation, ServerResources } from '../domain/server.js';
import { backoffMs } from '../loops/loop-policy.js';
import { isPastDeadline } from '../loops/server-loops.js';
import type { Clock } from '../loops/clock.js';
import type { ClusterChange, ClusterProvider, WatchCursor } from '../providers/cluster-provider.js';
import { applyChanges, applyList, applyUsage } from './apply-changes.js';

/** Milliseconds. */
export interface FeedTimes {
  readonly timeoutMs: number;
  readonly batchMs: number;
  readonly maxBackoffMs: number;
  /** A watch that says nothing for so long is taken for dead; more than the minute between two bookmarks. */
  readonly silenceMs: number;
  /** While nothing changes, the age of the picture is written at most this often. */
  readonly ageMs: number;
}

export interface FeedParts {
  readonly provider: () => ClusterProvider;
  /** Writes while the server is still the one that this feed was made for. */
  readonly write: (change: (seen: ServerObservation) => ServerObservation) => void;
  /** Asks for a list in so many milliseconds. */
  readonly askForList: (delayMs: number) => void;
  readonly clock: Clock;
  readonly times: FeedTimes;
  readonly random: () => number;
}

const FIRST_BACKOFF_MS = 1_000;
/** Lists work while a watch keeps failing, so they go on often enough to be a fair substitute. */
const MOST_WATCH_BACKOFF_MS = 10_000;
const HEALTHY_MS = 60_000;
const SHORT_MS = 1_000;
const MOST_SHORT_WATCHES = 3;
const MOST_BUFFERED = 2_000;
/** One broken stream is mended by the next list and not worth a word. */
const WATCH_FAILURES_TOLD = 3;

interface Watch {
  startedAt: number;
  shortEnds: number;
}

type RefreshError = NonNullable<ServerObservation['refreshError']>;

export class ServerFeed {
  readonly #closed = new AbortController();
  #watch: Watch | null = null;
  #watchFailures = 0;
  #watchError: RefreshError | null = null;
  #buffer: ClusterChange[] = [];
  #flushTimer: NodeJS.Timeout | null = null;
  #writtenAt = -Infinity;
  /** What the watch tells while a list is under way. */
  #touched: { readonly nodes: Set<string>; readonly pods: Set<string> } | null = null;

  constructor(private readonly parts: FeedParts) {}

  get isFollowing(): boolean {
    return this.#watch !== null;
  }

  /** Reads everything, writes it, and follows from there. @throws what the provider throws, after writing it as `refreshError` */
  async list(signal: AbortSignal): Promise<void> {
    const { clock, times } = this.parts;
    const ends = AbortSignal.any([signal, this.#closed.signal]);
    const watch = this.#watch;
    const touched = { nodes: new Set<string>(), pods: new Set<string>() };
    this.#flush();
    this.#touched = touched;
    const at = clock.now().toISOString();
    try {
      const snapshot = await this.parts.provider().observe({ timeoutMs: times.timeoutMs, signal: ends });
      if (this.#isCalledOff(signal)) return;
      this.#flush();
      // A watch that ended meanwhile tells nothing more, so the list alone counts: the next watch goes on from its cursor.
      const isFollowed = watch !== null && watch === this.#watch;
      this.#write((before) => applyList(before, snapshot, isFollowed ? touched : null, at));
      if (!this.#watch) this.#startWatch(snapshot.cursor);
    } catch (error) {
      if (!this.#isCalledOff(signal)) this.#writeError(this.#told(error));
      throw error;
    } finally {
      this.#touched = null;
    }
  }

  /** Whether nobody wants the result any more; a run that is merely late is not called off. */
  #isCalledOff(signal: AbortSignal): boolean {
    return this.#closed.signal.aborted || (signal.aborted && !isPastDeadline(signal));
  }

  /** Measures once. A cluster without metrics changes nothing. */
  async measure(signal: AbortSignal): Promise<void> {
    const ends = AbortSignal.any([signal, this.#closed.signal]);
    const report = await this.parts.provider().usage({ timeoutMs: this.parts.times.timeoutMs, signal: ends });
    if (report && !ends.aborted) this.#change((before) => applyUsage(before, report));
  }

  /** For good. */
  close(): void {
    this.#closed.abort(new ClusterError('CLOSED', 'Berth no longer follows this server.', 'unclear'));
    if (this.#flushTimer) clearTimeout(this.#flushTimer);
    this.#buffer = [];
    this.#watch = null;
  }

  #startWatch(cursor: WatchCursor): void {
    const watch: Watch = { startedAt: this.parts.clock.monotonicMs(), shortEnds: 0 };
    this.#watch = watch;
    void this.#follow(watch, cursor);
  }

  /** Never rejects. */
  async #follow(watch: Watch, from: WatchCursor): Promise<void> {
    const { provider, times } = this.parts;
    const options = { timeoutMs: times.silenceMs, signal: this.#closed.signal };
    try {
      for (let cursor = from; ;) {
        watch.startedAt = this.parts.clock.monotonicMs();
        const end = await provider().watch(cursor, (change) => this.#hear(change), options);
        if (end.end === 'expired') return this.#over(watch, null);
        cursor = end.cursor;
        watch.shortEnds = this.#lifeMs(watch) < SHORT_MS ? watch.shortEnds + 1 : 0;
        if (watch.shortEnds > MOST_SHORT_WATCHES)
          throw new ClusterError('KUBERNETES_UNAVAILABLE', 'The cluster ends every watch at once.', 'refused');
        if (watch.shortEnds === 0) this.#hear({ kind: 'alive' });
      }
    } catch (error) {
      this.#over(watch, error);
    }
  }

  #lifeMs(watch: Watch): number {
    return this.parts.clock.monotonicMs() - watch.startedAt;
  }

  #over(watch: Watch, error: unknown): void {
    if (this.#closed.signal.aborted) return;
    this.#watch = null;
    this.#flush();
    if (error === null) return this.parts.askForList(0);
    this.#watchFailures = this.#lifeMs(watch) >= HEALTHY_MS ? 1 : this.#watchFailures + 1;
    if (this.#watchFailures >= WATCH_FAILURES_TOLD) this.#watchError = this.#told(error);
    const capMs = Math.min(this.parts.times.maxBackoffMs, MOST_WATCH_BACKOFF_MS);
    this.parts.askForList(backoffMs(this.#watchFailures, { baseMs: FIRST_BACKOFF_MS, capMs }, this.parts.random()));
  }

  #hear(change: ClusterChange): void {
    if (this.#closed.signal.aborted) return;
    this.#watchError = null;
    if (change.kind === 'node') this.#touched?.nodes.add(change.node.name);
    else if (change.kind === 'node-gone') this.#touched?.nodes.add(change.name);
    else if (change.kind === 'pod') this.#touched?.pods.add(change.pod.uid);
    else if (change.kind === 'pod-gone') this.#touched?.pods.add(change.uid);
    this.#buffer.push(change);
    if (this.#buffer.length >= MOST_BUFFERED) this.#flush();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), this.parts.times.batchMs).unref();
  }

  #flush(): void {
    if (this.#flushTimer) clearTimeout(this.#flushTimer);
    this.#flushTimer = null;
    const changes = this.#buffer;
    this.#buffer = [];
    if (changes.length > 0)
      this.#change((before) => applyChanges(before, changes, this.parts.clock.now().toISOString()));
  }

  /** Writes only what differs, or an age that is worth a write. */
  #change(change: (before: ServerResources) => ServerResources): void {
    const isAgeDue = this.parts.clock.monotonicMs() - this.#writtenAt >= this.parts.times.ageMs;
    this.#write((before) => {
      const after = before && change(before);
      const isSame = before !== null && before.nodes === after?.nodes && before.pods === after.pods;
      return isSame && !isAgeDue ? before : after;
    });
  }

  #write(change: (before: ServerResources | null) => ServerResources | null): void {
    if (this.#closed.signal.aborted) return;
    this.parts.write((seen) => {
      const resources = change(seen.resources);
      if (resources === seen.resources && seen.refreshError === this.#watchError) return seen;
      this.#writtenAt = this.parts.clock.monotonicMs();
      return { ...seen, resources, refreshError: this.#watchError };
    });
  }

  #writeError(refreshError: RefreshError): void {
    if (!this.#closed.signal.aborted) this.parts.write((seen) => ({ ...seen, refreshError }));
  }

  #told(error: unknown): RefreshError {
    const at = this.parts.clock.now().toISOString();
    if (error instanceof BerthError) return { code: error.code, message: error.message, at };
    return { code: 'INTERNAL', message: 'The refresh failed in an unknown way.', at };
  }
}
