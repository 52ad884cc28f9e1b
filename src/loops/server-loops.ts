/**
 * A job's loops, one per server. The job's timer only calls `tick`; what is due is started here.
 * Promises: a server's loop never overlaps itself; a failing server delays only other failing servers (two lanes, each bounded);
 * a run's throw becomes data, never an unhandled rejection; missed runs are not caught up.
 * A run is asked to end (AbortSignal) at its deadline, when its server leaves or is edited, and on stop. A run that ignores this
 * keeps its loop occupied and is reported by `stuck()`.
 * Invariant: at most `parallel` runs per lane; at most one run per server id.
 */
import pLimit, { type LimitFunction } from 'p-limit';
import { BerthError, ClusterError } from '../domain/errors.js';
import type { Clock } from './clock.js';
import { type Backoff, pauseMs } from './loop-policy.js';
import { type JobStatus, type LoopServer, type LoopStatus, type RunResult, ServerLoop } from './server-loop.js';

export interface LoopPlan {
  readonly name: string;
  readonly deadlineMs: number;
  readonly parallel: number;
  readonly backoff: Backoff | null;
  /** Two runs of one server begin at least this far apart, unless a person asks (`runNow`). */
  readonly spacingMs: number;
  /** The servers that have a loop now. */
  servers(): Iterable<LoopServer>;
  run(serverId: string, signal: AbortSignal): Promise<void>;
  /** The server left, or came back under another key. Called before its next run. */
  ended(serverId: string): void;
}

/** A job that has not moved for this long after it should have is stuck. */
const STUCK_MARGIN_MS = 30_000;

/** Whether a run was aborted because its time was up, and not because nobody wants its result any more. */
export function isPastDeadline(signal: AbortSignal): boolean {
  return signal.reason instanceof BerthError && signal.reason.code === 'CONNECTION_TIMEOUT';
}

const resultOf = (error: unknown): RunResult => (error instanceof BerthError ? error.code : 'INTERNAL');
const calledOff = (): ClusterError => new ClusterError('CLOSED', 'Berth called this off.', 'unclear');

export class ServerLoops {
  readonly #loops = new Map<string, ServerLoop>();
  readonly #healthy: LimitFunction;
  readonly #failing: LimitFunction;
  #isStarted = false;
  #isDrained = false;
  #lastTickAt: number;

  constructor(
    private readonly plan: LoopPlan,
    private readonly clock: Clock,
    private readonly random: () => number = Math.random,
  ) {
    this.#healthy = pLimit(plan.parallel);
    this.#failing = pLimit(plan.parallel);
    this.#lastTickAt = clock.monotonicMs();
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** Starts every loop that is due. Costs one pass over the servers. */
  tick(now: number = this.clock.monotonicMs()): void {
    this.#lastTickAt = now;
    this.#follow(now);
    for (const loop of this.#loops.values()) {
      if (loop.phase === 'running') this.#endAtDeadline(loop, now);
      else if (this.#isStarted && !loop.isGone && loop.phase === 'idle' && loop.dueAt <= now) this.#enqueue(loop);
    }
  }

  start(): void {
    if (this.#isDrained) throw new BerthError('SHUTTING_DOWN', `Berth is stopping; ${this.plan.name} starts no more.`);
    this.#isStarted = true;
    this.tick();
  }

  /** Starts nothing more and calls off what runs. */
  stop(): void {
    this.#isStarted = false;
    for (const loop of this.#loops.values()) this.#callOff(loop);
  }

  /** Stops for good, and waits until every run is over. */
  async drain(): Promise<void> {
    this.#isDrained = true;
    this.stop();
    await Promise.all([...this.#loops.values()].flatMap((loop) => loop.done?.promise ?? []));
  }

  /** Runs one server, or all, now, also while the job is stopped; a run under way is joined. Resolves when those runs are over. */
  async runNow(serverId?: string): Promise<void> {
    if (this.#isDrained) throw new BerthError('SHUTTING_DOWN', `Berth is stopping; ${this.plan.name} runs no more.`);
    this.#follow(this.clock.monotonicMs());
    const chosen = [...this.#loops.values()].filter(
      (loop) => !loop.isGone && (serverId === undefined || loop.server.id === serverId),
    );
    for (const loop of chosen) {
      if (loop.phase === 'running') continue;
      loop.isTrusted = true;
      this.#enqueue(loop);
    }
    await Promise.all(chosen.flatMap((loop) => loop.done?.promise ?? []));
  }

  /** Asks for a run in `delayMs`, if none is planned sooner. `isTrusted`: there is reason to believe that the server is well again. */
  wake(serverId: string, delayMs = 0, isTrusted = false): void {
    const loop = this.#loops.get(serverId);
    if (!loop) return;
    const wanted = Math.max(
      this.clock.monotonicMs() + delayMs,
      loop.startedAt === null ? 0 : loop.startedAt + this.plan.spacingMs,
    );
    loop.wakeAt = Math.min(loop.wakeAt ?? Infinity, wanted);
    if (!isTrusted) return;
    loop.isTrusted = true;
    if (loop.phase === 'queued') this.#enqueue(loop);
  }

  /** Null while all is well; else which job hangs and where, in words. */
  stuck(): string | null {
    const now = this.clock.monotonicMs();
    if (this.#isStarted && now - this.#lastTickAt > STUCK_MARGIN_MS) {
      return `${this.plan.name}: its timer has not fired for ${Math.round((now - this.#lastTickAt) / 1000)} s`;
    }
    for (const loop of this.#loops.values()) {
      const age = loop.phase === 'running' && loop.startedAt !== null ? now - loop.startedAt : 0;
      if (age > this.plan.deadlineMs + STUCK_MARGIN_MS) {
        return `${this.plan.name}: the run of server ${loop.server.id} hangs since ${Math.round(age / 1000)} s`;
      }
    }
    return null;
  }

  status(): JobStatus {
    const loops = [...this.#loops.values()].filter((loop) => !loop.isGone).map((loop) => this.#statusOf(loop));
    return { name: this.plan.name, isStarted: this.#isStarted, loops };
  }

  #statusOf(loop: ServerLoop): LoopStatus {
    const wall = this.clock.now().getTime() - this.clock.monotonicMs();
    const iso = (at: number): string => new Date(wall + at).toISOString();
    return {
      serverId: loop.server.id,
      isRunning: loop.phase === 'running',
      lastStartedAt: loop.startedAt === null ? null : iso(loop.startedAt),
      lastDurationMs: loop.lastDurationMs === null ? null : Math.round(loop.lastDurationMs),
      lastResult: loop.lastResult,
      failuresInARow: loop.failuresInARow,
      nextRunAt: this.#isStarted ? iso(loop.dueAt) : null,
    };
  }

  /** Makes the loops follow the list of servers. */
  #follow(now: number): void {
    const left = new Set(this.#loops.keys());
    for (const server of this.plan.servers()) {
      left.delete(server.id);
      const loop = this.#loops.get(server.id);
      if (!loop) this.#loops.set(server.id, new ServerLoop(server, now));
      else if (loop.isGone || loop.server.key !== server.key) this.#restart(loop, server, now);
      else loop.server = server;
    }
    for (const id of left) {
      const loop = this.#loops.get(id);
      if (loop && !loop.isGone) this.#leave(loop);
    }
  }

  #restart(loop: ServerLoop, server: LoopServer, now: number): void {
    const wasGone = loop.isGone;
    loop.server = server;
    loop.isGone = false;
    loop.restart(now);
    this.#callOff(loop);
    if (!wasGone) this.plan.ended(server.id);
  }

  #leave(loop: ServerLoop): void {
    loop.isGone = true;
    this.#callOff(loop);
    if (loop.phase === 'idle') this.#loops.delete(loop.server.id);
    this.plan.ended(loop.server.id);
  }

  #endAtDeadline(loop: ServerLoop, now: number): void {
    if (loop.startedAt === null || now - loop.startedAt <= this.plan.deadlineMs) return;
    const seconds = Math.round(this.plan.deadlineMs / 1000);
    loop.abort?.abort(new ClusterError('CONNECTION_TIMEOUT', `There was no answer within ${seconds} s.`, 'unclear'));
  }

  #callOff(loop: ServerLoop): void {
    loop.abort?.abort(calledOff());
    if (loop.phase !== 'queued') return;
    loop.ticket += 1;
    this.#settle(loop);
  }

  #settle(loop: ServerLoop): void {
    loop.phase = 'idle';
    loop.abort = null;
    loop.done?.resolve();
    loop.done = null;
  }

  #enqueue(loop: ServerLoop): void {
    loop.phase = 'queued';
    loop.done ??= Promise.withResolvers<void>();
    const ticket = ++loop.ticket;
    const lane = loop.isSuspect ? this.#failing : this.#healthy;
    void lane(() => (loop.ticket === ticket && loop.phase === 'queued' ? this.#run(loop) : undefined));
  }

  /** Never rejects. */
  async #run(loop: ServerLoop): Promise<void> {
    const startedAt = this.clock.monotonicMs();
    const abort = new AbortController();
    Object.assign(loop, { phase: 'running', startedAt, abort, wakeAt: null, isTrusted: false });
    let result: RunResult = 'ok';
    try {
      await this.plan.run(loop.server.id, abort.signal);
    } catch (error) {
      result = resultOf(error);
    }
    const endedAt = this.clock.monotonicMs();
    loop.lastDurationMs = endedAt - startedAt;
    // A run that was called off says nothing about the server, and its loop may already have another plan.
    if (abort.signal.aborted && !isPastDeadline(abort.signal)) loop.lastResult = 'CLOSED';
    else this.#record(loop, result, endedAt);
    if (loop.isGone) this.#loops.delete(loop.server.id);
    this.#settle(loop);
  }

  #record(loop: ServerLoop, result: RunResult, endedAt: number): void {
    loop.lastResult = result;
    loop.failuresInARow = result === 'ok' ? 0 : loop.failuresInARow + 1;
    const { backoff, spacingMs } = this.plan;
    const { failuresInARow, server } = loop;
    const pause = pauseMs({ intervalMs: server.intervalMs, failuresInARow, backoff }, this.random());
    loop.nextRunAt = Math.max(endedAt + pause, (loop.startedAt ?? endedAt) + spacingMs);
  }
}
