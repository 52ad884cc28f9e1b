/**
 * The only door to the state: one immutable document in memory, acknowledged only once it is on the disk.
 *
 *   update ──► head (newest, perhaps not durable) ──► one write for all that waited ──► visible (what readers see) ──► changes$
 *   observe ─► head and visible at once, into a file of its own now and then
 *
 * Promises: an update that resolved survives kill -9 and power loss. An update that rejected changed nothing that a reader will see;
 * after a failed write it may still be found on the disk at the next start (it was in flight, never acknowledged).
 * Invariant: `read()` returns only durable revisions. Head is built on visible by the updates that wait, and falls back to visible
 * when the disk fails.
 * Concurrency: `fn` runs synchronously against head, so checking and taking are one step. One write runs at a time (mutex); updates
 * made meanwhile share the next. Nothing but the disk is awaited inside the mutex.
 */
import { Mutex } from 'async-mutex';
import { type Draft, freeze, Immer } from 'immer';
import { type Observable, Subject } from 'rxjs';
import { BerthError } from '../domain/errors.js';
import type { DurableState, MasterState } from '../domain/master-state.js';
import type { ServerObservation } from '../domain/server.js';
import { Batch } from './batch.js';
import { asJson, findOutcome, type Once, withOutcome } from './idempotency.js';
import { checkDurable } from './master-shape.js';
import { IN_MEMORY, isPermanentFailure, type StateParts } from './state-parts.js';

/** Who changes what and why: the audit line of an update. `once`: replay instead of doing it again. */
export interface Change {
  readonly actor: string;
  readonly reason: string;
  readonly once?: Once;
}

/** Which servers changed, in order: `seq` grows by one per change of this process, `rev` is the durable revision after it. */
export interface StateChange {
  readonly seq: number;
  readonly rev: number;
  readonly serverIds: readonly string[];
}

export interface StateHealth {
  readonly isWritable: boolean;
  /** Why it is not writable, for people; null when all is well. */
  readonly lastError: string | null;
  /** Whether only a restart helps. */
  readonly isPermanent: boolean;
  readonly rev: number;
  readonly pendingUpdates: number;
  readonly writes: number;
  /** Duration of the last write, milliseconds; null before the first. */
  readonly lastWriteMs: number | null;
  readonly lastWriteAt: string | null;
}

/** Saving facts takes at most one part in this many of the time. */
const FACTS_REST = 20;
/** After facts could not be saved. */
const FACTS_PAUSE_MS = 60_000;

const immer = new Immer({ autoFreeze: true });

export class StateRepository {
  readonly #parts: StateParts;
  readonly #writer = new Mutex();
  readonly #changes = new Subject<StateChange>();
  readonly #timers: NodeJS.Timeout[] = [];
  #head: MasterState;
  #visible: MasterState;
  #next: Batch | null = null;
  #writing: Batch | null = null;
  #failure: Error | null;
  #pending = 0;
  #seq = 0;
  #writes = 0;
  #lastWriteMs: number | null = null;
  #lastWriteAt: string | null = null;
  #hasUnsavedFacts = false;
  #savingFacts: Promise<void> | null = null;
  #saveFactsAfter = 0;
  #isUpdating = false;
  #closing: Promise<void> | null = null;

  /** Emits when a change is durable, and at once for facts; completes with `close`. */
  readonly changes$: Observable<StateChange> = this.#changes.asObservable();

  /** Without parts: an empty twin that lives in memory only. */
  constructor(parts: Partial<StateParts> = {}) {
    this.#parts = { ...IN_MEMORY, ...parts };
    this.#head = this.#visible = this.#parts.state;
    this.#failure = this.#parts.failure;
    if (this.#parts.observedSaveMs !== null) {
      this.#every(this.#parts.observedSaveMs, async () => {
        if (performance.now() >= this.#saveFactsAfter) await this.saveFacts();
      });
    }
    if (this.#parts.recoveryMs !== null) this.#every(this.#parts.recoveryMs, () => this.recover());
  }

  /** The newest durable snapshot, deep frozen. O(1). */
  read(): MasterState {
    return this.#visible;
  }

  /**
   * Runs the synchronous `fn` on a draft of the newest state and resolves with its result once the change is durable. What `fn` throws
   * goes to the caller, and nothing changes. With `once`, the result is what JSON makes of it, now and at every replay.
   * @throws BerthError STATE_UNWRITABLE, STATE_BUSY, SHUTTING_DOWN, IDEMPOTENCY_KEY_REUSED; TypeError when `fn` returns a promise.
   */
  async update<T>(
    change: Change,
    fn: (draft: Draft<DurableState>, observed: MasterState['observed']) => T,
  ): Promise<T> {
    if (this.#closing) throw new BerthError('SHUTTING_DOWN', 'Berth is stopping and takes no more changes');
    const known = change.once && findOutcome(this.#head.idempotency, change.once);
    if (known) {
      await this.#durable();
      // The result of the same request, by its fingerprint, so of the same type.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return known.result as T;
    }
    if (this.#failure) throw this.#unwritable();
    if (this.#pending >= this.#parts.queueLimit) {
      throw new BerthError('STATE_BUSY', `${this.#pending} changes wait for the disk already`);
    }
    const { result, durable } = this.#apply(change.once, fn);
    if (durable !== null) this.#take(durable);
    this.#pending += 1;
    try {
      await this.#durable();
    } finally {
      this.#pending -= 1;
    }
    return result;
  }

  /** Replaces what is known of one server: in memory at once, in the file some time later. An unknown server is ignored. */
  observe(serverId: string, fn: (previous: ServerObservation | null) => ServerObservation): void {
    if (!Object.hasOwn(this.#head.servers, serverId)) return;
    const previous = this.#head.observed[serverId] ?? null;
    const next = freeze(fn(previous), true);
    if (next === previous) return;
    // Not spread: once the site has seen many shapes (a fleet that grew to a thousand servers) V8 takes 2.4 ms for it, and 6 µs for this.
    const put = (state: MasterState): MasterState =>
      freeze({ ...state, observed: freeze(Object.assign({}, state.observed, { [serverId]: next })) });
    const isSame = this.#head === this.#visible;
    this.#head = put(this.#head);
    this.#hasUnsavedFacts = true;
    // A server that is not durable yet is invisible; its facts become visible with it.
    if (!Object.hasOwn(this.#visible.servers, serverId)) return;
    this.#visible = isSame ? this.#head : put(this.#visible);
    this.#emit([serverId]);
  }

  health(): StateHealth {
    return {
      isWritable: this.#failure === null && this.#closing === null,
      lastError: this.#failure?.message ?? null,
      isPermanent: this.#failure !== null && isPermanentFailure(this.#failure),
      rev: this.#visible.rev,
      pendingUpdates: this.#pending,
      writes: this.#writes,
      lastWriteMs: this.#lastWriteMs,
      lastWriteAt: this.#lastWriteAt,
    };
  }

  /** Writes facts that are not in the file yet. Never rejects: without them the next start begins cold, and no worse. */
  saveFacts(): Promise<void> {
    this.#savingFacts ??= this.#saveFacts().finally(() => {
      this.#savingFacts = null;
    });
    return this.#savingFacts;
  }

  async #saveFacts(): Promise<void> {
    if (!this.#hasUnsavedFacts || this.#failure) return;
    this.#hasUnsavedFacts = false;
    const startedAt = performance.now();
    try {
      await this.#parts.writeFacts(this.#visible.observed);
    } catch (error) {
      this.#hasUnsavedFacts = true;
      this.#parts.log.warn(`What was seen on the clusters was not saved: ${asError(error).message}`);
    }
    const endedAt = performance.now();
    const restMs = this.#hasUnsavedFacts ? FACTS_PAUSE_MS : 0;
    this.#saveFactsAfter = endedAt + Math.max(restMs, (endedAt - startedAt) * FACTS_REST);
  }

  /**
   * After a failure that may pass (a full disk), tries to write the visible state in full; when that works, changes are taken again.
   * Never rejects. Does nothing after a failure that only a restart helps.
   */
  async recover(): Promise<void> {
    if (!this.#failure || isPermanentFailure(this.#failure)) return;
    await this.#writer.runExclusive(async () => {
      if (!this.#failure || isPermanentFailure(this.#failure)) return;
      try {
        await this.#write(this.#visible);
        this.#failure = null;
        this.#parts.log.log('The state can be written again');
      } catch (error) {
        this.#failure = asError(error);
      }
    });
  }

  /** Finishes what waits, writes the facts, and frees the directory. Twice is once. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#durable().catch(() => {});
    await this.#savingFacts;
    await this.saveFacts();
    await this.#writer.runExclusive(() => this.#parts.release());
    this.#changes.complete();
  }

  #every(ms: number, run: () => Promise<void>): void {
    this.#timers.push(setInterval(() => void run(), ms).unref());
  }

  /** Null: nothing was changed. */
  #apply<T>(
    once: Once | undefined,
    fn: (draft: Draft<DurableState>, observed: MasterState['observed']) => T,
  ): { readonly result: T; readonly durable: DurableState | null } {
    if (this.#isUpdating) throw new TypeError('update() was called inside the function of another update()');
    const { rev, servers, idempotency, access, observed } = this.#head;
    const before: DurableState = { rev, servers, idempotency, access };
    this.#isUpdating = true;
    try {
      // The result travels inside the document, so that drafts in it are finished together with it.
      const base: { readonly durable: DurableState; readonly result: unknown } = { durable: before, result: null };
      const after = immer.produce(base, (work) => {
        const result = fn(work.durable, observed);
        refusePromise(result);
        work.result = result;
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const result = (once ? freeze(asJson(after.result), true) : after.result) as T;
      const kept = once
        ? withOutcome(after.durable.idempotency, once, result, this.#parts.now())
        : after.durable.idempotency;
      if (after.durable === before && !once) return { result, durable: null };
      const durable = freeze({ ...after.durable, rev: rev + 1, idempotency: kept }, true);
      // What could not be read back at the next start must never be acknowledged.
      checkDurable(durable, 'state');
      return { result, durable };
    } finally {
      this.#isUpdating = false;
    }
  }

  #take(durable: DurableState): void {
    this.#head = freeze({ ...durable, observed: factsOf(this.#head.observed, durable) });
    if (this.#next) return;
    const batch = new Batch();
    this.#next = batch;
    void this.#writer.runExclusive(() => this.#commit(batch));
  }

  /** Resolves when everything in head is on the disk. */
  async #durable(): Promise<void> {
    await (this.#next ?? this.#writing)?.durable;
  }

  async #commit(batch: Batch): Promise<void> {
    if (this.#next !== batch) return;
    this.#next = null;
    this.#writing = batch;
    try {
      const target = this.#head;
      await this.#write(target);
      this.#show(target);
      batch.resolve();
    } catch (error) {
      this.#fail(asError(error), batch);
    } finally {
      this.#writing = null;
    }
  }

  async #write(target: MasterState): Promise<void> {
    const startedAt = performance.now();
    await this.#parts.write(target);
    this.#writes += 1;
    this.#lastWriteMs = performance.now() - startedAt;
    this.#lastWriteAt = this.#parts.now().toISOString();
  }

  /** Swaps what readers see, after the disk has it. Facts may have moved on during the write. */
  #show(target: MasterState): void {
    const before = this.#visible;
    if (target.rev === before.rev) return;
    const isNewest = this.#head.rev === target.rev;
    this.#visible = isNewest ? this.#head : freeze({ ...target, observed: factsOf(this.#head.observed, target) });
    const ids = new Set([...Object.keys(before.servers), ...Object.keys(target.servers)]);
    this.#emit([...ids].filter((id) => before.servers[id] !== target.servers[id]));
  }

  #fail(error: Error, batch: Batch): void {
    this.#failure = error;
    this.#head = this.#visible;
    const rejected = this.#unwritable();
    const waiting = this.#next;
    this.#next = null;
    batch.reject(rejected);
    waiting?.reject(rejected);
    this.#parts.log.error(`The state cannot be written, so Berth is read-only: ${error.message}`);
  }

  #unwritable(): BerthError {
    const next = this.#failure && isPermanentFailure(this.#failure) ? 'Restart Berth' : 'Berth tries again by itself';
    const message = `The change was not saved: ${this.#failure?.message ?? 'the disk refused'}. ${next}`;
    return new BerthError('STATE_UNWRITABLE', message, {}, this.#failure);
  }

  #emit(serverIds: readonly string[]): void {
    this.#seq += 1;
    this.#changes.next({ seq: this.#seq, rev: this.#visible.rev, serverIds });
  }
}

function factsOf(observed: MasterState['observed'], { servers }: DurableState): MasterState['observed'] {
  const entries = Object.entries(observed);
  const kept = entries.filter(([id]) => Object.hasOwn(servers, id));
  return kept.length === entries.length ? observed : freeze(Object.fromEntries(kept));
}

/** An async function would run on after its draft is gone; whatever it does then is refused, and said here. */
function refusePromise(result: unknown): void {
  if (typeof result !== 'object' || result === null || !('then' in result)) return;
  Promise.resolve(result).catch(() => {});
  throw new TypeError('The function of update() returned a promise; it must be synchronous');
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
