/**
 * Probes every server and writes what it finds: status, checks, facts, latency. It observes and never decides about pods.
 * Promises: a blip is not a death (health-policy); an offline server is probed on at its interval, so it comes back by itself; a paused
 * server is neither probed nor connected.
 * Invariant: it is the only job that writes `status`; what a probe found is dropped when its server was edited, paused or removed meanwhile.
 */
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clusters } from '../clusters/clusters.js';
import { BerthError } from '../domain/errors.js';
import { initialObservation } from '../domain/observation.js';
import type { LatencySample, ServerObservation, ServerRecord } from '../domain/server.js';
import { Clock } from '../loops/clock.js';
import { Liveness } from '../loops/liveness.js';
import { recordChanges } from '../loops/record-changes.js';
import type { JobStatus, LoopServer } from '../loops/server-loop.js';
import { isPastDeadline, ServerLoops } from '../loops/server-loops.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { examine, type Findings, type ProbeOutcome } from './health-checks.js';
import { judge, NO_STRIKES, type Strikes, withStatus } from './health-policy.js';

const TICK_MS = 500;
/** The provider's own deadline comes first; this one only ends a probe that ignores it. */
const DEADLINE_MARGIN_MS = 5_000;
/** A first sign of life after an outage is confirmed soon. */
const CONFIRM_MS = 2_000;
const STALE_INTERVALS = 3;

@Injectable()
export class HealthMonitor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #logger = new Logger(HealthMonitor.name);
  readonly #strikes = new Map<string, Strikes>();
  readonly #loops: ServerLoops;

  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly settings: Settings,
    private readonly clock: Clock,
    liveness: Liveness,
  ) {
    const { timeoutSeconds, parallel } = settings.health;
    const plan = {
      name: 'health',
      deadlineMs: timeoutSeconds * 1000 + DEADLINE_MARGIN_MS,
      parallel,
      backoff: null,
      spacingMs: 0,
      servers: () => this.#servers(),
      run: (serverId: string, signal: AbortSignal) => this.#look(serverId, signal),
      ended: (serverId: string) => this.#ended(serverId),
    };
    this.#loops = new ServerLoops(plan, clock);
    liveness.register('health', () => this.#loops.stuck());
    recordChanges(state.changes$, (id) => this.#find(id)).subscribe(() => this.tick());
  }

  onApplicationBootstrap(): void {
    if (this.settings.health.isEnabled) this.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.#loops.drain();
  }

  @Interval(TICK_MS)
  tick(): void {
    this.#loops.tick();
    this.#markPaused();
  }

  start(): void {
    this.#loops.start();
  }

  stop(): void {
    this.#loops.stop();
  }

  status(): JobStatus {
    return this.#loops.status();
  }

  /** Probes one server, or all, now; resolves when it is written. @throws BerthError SERVER_NOT_FOUND, SERVER_NOT_READY when it is paused */
  async runNow(serverId?: string): Promise<void> {
    if (serverId !== undefined) this.#mustBeProbed(serverId);
    await this.#loops.runNow(serverId);
  }

  #mustBeProbed(serverId: string): void {
    const server = this.#find(serverId);
    if (!server) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${serverId}.`);
    if (server.isPaused) throw new BerthError('SERVER_NOT_READY', `${server.name} is paused; resume it first.`);
  }

  #find(serverId: string): ServerRecord | undefined {
    const { servers } = this.state.read();
    return Object.hasOwn(servers, serverId) ? servers[serverId]?.server : undefined;
  }

  *#servers(): Generator<LoopServer> {
    const { servers, observed } = this.state.read();
    for (const { server } of Object.values(servers)) {
      if (server.isPaused) continue;
      const state = observed[server.id]?.status.state;
      yield {
        id: server.id,
        key: String(server.connectionRevision),
        intervalMs: this.#intervalMs(server),
        isSuspect: state === 'Offline' || state === 'HostKeyChanged',
      };
    }
  }

  #intervalMs(server: ServerRecord): number {
    return (server.healthIntervalSeconds ?? this.settings.health.intervalSeconds) * 1000;
  }

  /** The server was removed, paused, or its connection edited: what was counted against it no longer holds. */
  #ended(serverId: string): void {
    this.#strikes.delete(serverId);
    const server = this.#find(serverId);
    if (!server || server.isPaused) void this.clusters.close(serverId);
    else this.#setState(serverId, 'Connecting');
  }

  #markPaused(): void {
    const { servers, observed } = this.state.read();
    for (const { server } of Object.values(servers)) {
      const isMarked = observed[server.id]?.status.state === 'Paused';
      if (server.isPaused && !isMarked) {
        this.#setState(server.id, 'Paused');
        void this.clusters.close(server.id);
      } else if (!server.isPaused && isMarked) this.#setState(server.id, 'Connecting');
    }
  }

  #setState(serverId: string, state: 'Paused' | 'Connecting'): void {
    const at = this.clock.now().toISOString();
    this.state.observe(serverId, (previous) => {
      const seen = previous ?? initialObservation(at);
      return { ...seen, status: withStatus(seen.status, state, '', '', at), checks: [] };
    });
  }

  /** One run of a loop. Writes first, then throws what the probe failed with, so that the loop knows. */
  async #look(serverId: string, signal: AbortSignal): Promise<void> {
    const server = this.#find(serverId);
    if (!server) return;
    const outcome = await this.#probe(server, signal);
    if (signal.aborted && !isPastDeadline(signal)) return;
    const now = this.#find(serverId);
    if (!now || now.isPaused || now.connectionRevision !== server.connectionRevision) return;
    this.#write(now, outcome);
    if (!outcome.isAlive) throw outcome.error;
  }

  async #probe(server: ServerRecord, signal: AbortSignal): Promise<ProbeOutcome> {
    const timeoutMs = this.settings.health.timeoutSeconds * 1000;
    try {
      return { isAlive: true, report: await this.clusters.of(server).probe({ timeoutMs, signal }) };
    } catch (error) {
      if (isPastDeadline(signal) && signal.reason instanceof BerthError)
        return { isAlive: false, error: signal.reason };
      if (error instanceof BerthError) return { isAlive: false, error };
      this.#logger.error(`The probe of ${server.name} (${server.id}) failed in an unknown way`, error);
      return { isAlive: false, error: new BerthError('INTERNAL', 'The probe failed in an unknown way.', {}, error) };
    }
  }

  #write(server: ServerRecord, outcome: ProbeOutcome): void {
    const date = this.clock.now();
    const at = date.toISOString();
    this.state.observe(server.id, (previous) => {
      const seen = previous ?? initialObservation(at);
      const staleAfterMs =
        STALE_INTERVALS * (server.refreshIntervalSeconds ?? this.settings.refresh.intervalSeconds) * 1000;
      const findings = examine({ server, outcome, seen, nowMs: date.getTime(), staleAfterMs });
      return this.#judged(server, seen, findings, outcome, at);
    });
  }

  #judged(
    server: ServerRecord,
    seen: ServerObservation,
    { checks, verdict }: Findings,
    outcome: ProbeOutcome,
    at: string,
  ): ServerObservation {
    const before = this.#strikes.get(server.id) ?? NO_STRIKES;
    const { status, strikes } = judge(seen.status, before, verdict, this.settings.health, at);
    this.#strikes.set(server.id, strikes);
    const isWaiting = status.state === 'Offline' || status.state === 'HostKeyChanged';
    if (isWaiting && strikes.successes > 0)
      this.#loops.wake(server.id, Math.min(CONFIRM_MS, this.#intervalMs(server)), true);
    if (status.state !== seen.status.state) {
      this.#logger.log(`${server.name} (${server.id}): ${seen.status.state} → ${status.state} ${status.code}`.trim());
    }
    const latencyMs = outcome.isAlive ? outcome.report.steps.reduce((sum, step) => sum + step.latencyMs, 0) : null;
    return {
      ...seen,
      status,
      checks,
      checkedAt: at,
      facts: outcome.isAlive ? outcome.report.facts : seen.facts,
      latencyHistory: this.#appended(seen.latencyHistory, { at, latencyMs }),
    };
  }

  #appended(history: readonly LatencySample[], sample: LatencySample): readonly LatencySample[] {
    return [...history, sample].slice(-this.settings.health.latencySamples);
  }
}
