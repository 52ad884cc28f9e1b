import { HttpErrorResponse } from '@angular/common/http';
import { DestroyRef, inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { healthGet } from '../api/fn/jobs/health-get';
import { healthRun } from '../api/fn/jobs/health-run';
import { healthStart } from '../api/fn/jobs/health-start';
import { healthStop } from '../api/fn/jobs/health-stop';
import { refreshGet } from '../api/fn/jobs/refresh-get';
import { refreshRun } from '../api/fn/jobs/refresh-run';
import { refreshStart } from '../api/fn/jobs/refresh-start';
import { refreshStop } from '../api/fn/jobs/refresh-stop';
import { statusLive } from '../api/fn/operation/status-live';
import { statusReady } from '../api/fn/operation/status-ready';
import type { JobStatusDto } from '../api/models/job-status-dto';
import type { StatusView } from '../api/models/status-view';
import { Clock } from '../live/clock';
import { type Problem, toProblem } from '../live/problem';
import type { JobName } from './loop-rows';

const READ_MS = 3_000;
/** A large fleet is a large answer. */
const READ_LARGE_MS = 15_000;
const LARGE = 200;

export interface BerthState {
  readonly jobs: Readonly<Record<JobName, JobStatusDto>>;
  readonly ready: StatusView;
  readonly live: StatusView;
  /** ISO instant. */
  readonly readAt: string;
}

const GET = { health: healthGet, refresh: refreshGet } as const;
const START = { health: healthStart, refresh: refreshStart } as const;
const STOP = { health: healthStop, refresh: refreshStop } as const;
const RUN = { health: healthRun, refresh: refreshRun } as const;

/** Reads the jobs and the state of Berth itself every few seconds while the page is seen. Concurrency: one read at a time. */
@Injectable()
export class JobWatch {
  readonly #api = inject(Api);
  readonly #clock = inject(Clock);
  readonly #state = signal<BerthState | null>(null);
  readonly #problem = signal<Problem | null>(null);
  readonly #busy = signal<ReadonlySet<string>>(new Set());
  #timer = 0;
  #isReading = false;
  #isOver = false;

  /** Null until it was read once; the last one stays when a read fails. */
  readonly state = this.#state.asReadonly();
  readonly problem = this.#problem.asReadonly();

  constructor() {
    const seen = (): void => {
      if (!document.hidden) void this.read();
    };
    document.addEventListener('visibilitychange', seen);
    inject(DestroyRef).onDestroy(() => {
      this.#isOver = true;
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', seen);
    });
    void this.read();
  }

  isBusy(job: JobName, serverId = ''): boolean {
    return this.#busy().has(`${job}/${serverId}`);
  }

  async read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    clearTimeout(this.#timer);
    try {
      const [health, refresh, ready, live] = await Promise.all([
        this.#api.invoke(GET.health),
        this.#api.invoke(GET.refresh),
        this.#api.invoke(statusReady).catch(answerOf503),
        this.#api.invoke(statusLive).catch(answerOf503),
      ]);
      this.#state.set({ jobs: { health, refresh }, ready, live, readAt: new Date(this.#clock.read()).toISOString() });
      this.#problem.set(null);
    } catch (error) {
      this.#problem.set(toProblem(error));
    }
    this.#isReading = false;
    const isLarge = (this.#state()?.jobs.health.loops.length ?? 0) > LARGE;
    if (!this.#isOver && !document.hidden)
      this.#timer = window.setTimeout(() => void this.read(), isLarge ? READ_LARGE_MS : READ_MS);
  }

  start(job: JobName): Promise<Problem | null> {
    return this.#run(job, '', () => this.#api.invoke(START[job]));
  }

  stop(job: JobName): Promise<Problem | null> {
    return this.#run(job, '', () => this.#api.invoke(STOP[job]));
  }

  /** Resolves when the run is over; its result is in the state then. */
  run(job: JobName, serverId?: string): Promise<Problem | null> {
    const body = serverId === undefined ? {} : { serverId };
    return this.#run(job, serverId ?? '', () => this.#api.invoke(RUN[job], { body }));
  }

  async #run(job: JobName, serverId: string, act: () => Promise<JobStatusDto>): Promise<Problem | null> {
    const key = `${job}/${serverId}`;
    this.#busy.update((busy) => new Set(busy).add(key));
    try {
      const status = await act();
      this.#state.update((state) => state && { ...state, jobs: { ...state.jobs, [job]: status } });
      return null;
    } catch (error) {
      return toProblem(error);
    } finally {
      this.#busy.update((busy) => new Set([...busy].filter((each) => each !== key)));
    }
  }
}

/** A probe that says "not now" answers 503 with the checks. */
function answerOf503(error: unknown): StatusView {
  const body: unknown = error instanceof HttpErrorResponse && error.status === 503 ? error.error : null;
  if (typeof body !== 'object' || body === null || !('checks' in body)) throw error;
  const { checks } = body;
  if (typeof checks !== 'object' || checks === null) throw error;
  return {
    status: 'failing',
    checks: Object.fromEntries(Object.entries(checks).map(([name, words]) => [name, String(words)])),
  };
}
