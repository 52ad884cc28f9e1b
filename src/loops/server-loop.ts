import type { ErrorCode } from '../domain/errors.js';

/** One server as a job wants it looped over. */
export interface LoopServer {
  readonly id: string;
  /** The loop starts afresh when this changes: the run under way is aborted, its failures are forgotten, the next is due at once. */
  readonly key: string;
  readonly intervalMs: number;
  /** Known to be in trouble already: it waits in the lane of the failing, where it can delay no healthy server. */
  readonly isSuspect: boolean;
}

/** `ok`, or the code of the error that ended the run. `CLOSED`: the run was called off and says nothing about the server. */
export type RunResult = 'ok' | ErrorCode;

/** What people see of one loop. Instants are ISO strings. */
export interface LoopStatus {
  readonly serverId: string;
  readonly isRunning: boolean;
  readonly lastStartedAt: string | null;
  readonly lastDurationMs: number | null;
  readonly lastResult: RunResult | null;
  readonly failuresInARow: number;
  /** Null while the job is stopped. */
  readonly nextRunAt: string | null;
}

export interface JobStatus {
  readonly name: string;
  readonly isStarted: boolean;
  readonly loops: readonly LoopStatus[];
}

/**
 * One server's loop: there is one object per server id for as long as anything of it runs, so it cannot overlap itself.
 * All times are monotonic milliseconds.
 */
export class ServerLoop {
  phase: 'idle' | 'queued' | 'running' = 'idle';
  isGone = false;
  /** Raised whenever a queued run is called off: a run that waits with an older number does not start. */
  ticket = 0;
  nextRunAt: number;
  /** Somebody asked for an earlier run. */
  wakeAt: number | null = null;
  /** Its next run waits in the lane of the healthy, whatever its past. */
  isTrusted = false;
  startedAt: number | null = null;
  lastDurationMs: number | null = null;
  lastResult: RunResult | null = null;
  failuresInARow = 0;
  abort: AbortController | null = null;
  /** Settles, never rejects, when the queued or running run is over. */
  done: PromiseWithResolvers<void> | null = null;

  constructor(
    public server: LoopServer,
    now: number,
  ) {
    this.nextRunAt = now;
  }

  get dueAt(): number {
    return this.wakeAt === null ? this.nextRunAt : Math.min(this.nextRunAt, this.wakeAt);
  }

  get isSuspect(): boolean {
    return !this.isTrusted && (this.failuresInARow > 0 || this.server.isSuspect);
  }

  restart(now: number): void {
    this.failuresInARow = 0;
    this.nextRunAt = now;
    this.wakeAt = null;
  }
}
