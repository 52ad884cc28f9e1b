/**
 * Keeps nodes, pods and their use of every server current in the state. It only observes; what follows from it is decided elsewhere.
 * Two loops per server, one that lists (and follows with a watch in between, see server-feed) and one that measures.
 * Promises: a server that answers again is listed within seconds; a slow or dead server delays no healthy one; a paused, removed or
 * edited server is let go at once, connection included.
 */
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Clusters } from '../clusters/clusters.js';
import { isOtherCluster } from '../clusters/other-cluster.js';
import { BerthError, ClusterError } from '../domain/errors.js';
import { initialObservation } from '../domain/observation.js';
import type { ServerObservation, ServerRecord } from '../domain/server.js';
import { Clock } from '../loops/clock.js';
import { Liveness } from '../loops/liveness.js';
import { recordChanges } from '../loops/record-changes.js';
import type { JobStatus, LoopServer } from '../loops/server-loop.js';
import { type LoopPlan, ServerLoops } from '../loops/server-loops.js';
import type { ClusterProvider } from '../providers/cluster-provider.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { recoveries } from './recoveries.js';
import { ServerFeed } from './server-feed.js';

const TICK_MS = 500;
/** The provider's own deadline comes first; this one only ends a run that ignores it. */
const DEADLINE_MARGIN_MS = 5_000;
/** A server is listed at most this often, whatever its watch does. */
const LIST_SPACING_MS = 5_000;
const FIRST_BACKOFF_MS = 1_000;
const WATCH_SILENCE_MS = 75_000;
const AGE_MS = 5_000;

@Injectable()
export class BackgroundRefresh implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #feeds = new Map<string, ServerFeed>();
  readonly #lists: ServerLoops;
  readonly #usage: ServerLoops;

  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly settings: Settings,
    private readonly clock: Clock,
    liveness: Liveness,
  ) {
    this.#lists = new ServerLoops(this.#listPlan(), clock);
    this.#usage = new ServerLoops(this.#usagePlan(), clock);
    liveness.register('refresh', () => this.#lists.stuck() ?? this.#usage.stuck());
    recordChanges(state.changes$, (id) => this.#find(id)).subscribe(() => this.tick());
    recoveries(state.changes$, (id) => this.#seen(id)).subscribe((id) => this.#recovered(id));
  }

  onApplicationBootstrap(): void {
    if (this.settings.refresh.isEnabled) this.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#closeFeeds();
    await Promise.all([this.#lists.drain(), this.#usage.drain()]);
    this.#closeFeeds();
  }

  @Interval(TICK_MS)
  tick(): void {
    this.#lists.tick();
    this.#usage.tick();
  }

  start(): void {
    this.#lists.start();
    this.#usage.start();
    // Watches end with `stop`, so whoever is not followed is listed now and not at its next turn.
    for (const { serverId } of this.#lists.status().loops) if (!this.#feeds.has(serverId)) this.#lists.wake(serverId);
  }

  /** Lists, watches and measures no more; what is known stays and grows old. */
  stop(): void {
    this.#lists.stop();
    this.#usage.stop();
    this.#closeFeeds();
  }

  /** Of the lists; the watches between them are no runs. */
  status(): JobStatus {
    return this.#lists.status();
  }

  /** Lists one server, or all, now; resolves when that is written. @throws BerthError SERVER_NOT_FOUND, SERVER_NOT_READY when it is paused */
  async runNow(serverId?: string): Promise<void> {
    if (serverId !== undefined) this.#mustBeRefreshed(serverId);
    await this.#lists.runNow(serverId);
  }

  #mustBeRefreshed(serverId: string): void {
    const server = this.#find(serverId);
    if (!server) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${serverId}.`);
    if (server.isPaused) throw new BerthError('SERVER_NOT_READY', `${server.name} is paused; resume it first.`);
  }

  #listPlan(): LoopPlan {
    const { timeoutSeconds, parallel, maxBackoffSeconds, intervalSeconds } = this.settings.refresh;
    return {
      name: 'refresh',
      deadlineMs: timeoutSeconds * 1000 + DEADLINE_MARGIN_MS,
      parallel,
      backoff: { baseMs: FIRST_BACKOFF_MS, capMs: maxBackoffSeconds * 1000 },
      spacingMs: LIST_SPACING_MS,
      servers: () => this.#servers((server) => server.refreshIntervalSeconds ?? intervalSeconds),
      run: (serverId, signal) => this.#list(serverId, signal),
      ended: (serverId) => this.#ended(serverId),
    };
  }

  #usagePlan(): LoopPlan {
    const { timeoutSeconds, parallel, usageIntervalSeconds } = this.settings.refresh;
    return {
      name: 'usage',
      deadlineMs: timeoutSeconds * 1000 + DEADLINE_MARGIN_MS,
      parallel,
      backoff: null,
      spacingMs: 0,
      servers: () => this.#servers(() => usageIntervalSeconds),
      run: (serverId, signal) => this.#measure(serverId, signal),
      ended: () => undefined,
    };
  }

  *#servers(intervalSeconds: (server: ServerRecord) => number): Generator<LoopServer> {
    const { servers, observed } = this.state.read();
    for (const { server } of Object.values(servers)) {
      if (server.isPaused) continue;
      const seen = observed[server.id];
      const state = seen?.status.state;
      yield {
        id: server.id,
        key: String(server.connectionRevision),
        intervalMs: intervalSeconds(server) * 1000,
        isSuspect: state === 'Offline' || state === 'HostKeyChanged',
      };
    }
  }

  #find(serverId: string): ServerRecord | undefined {
    const { servers } = this.state.read();
    return Object.hasOwn(servers, serverId) ? servers[serverId]?.server : undefined;
  }

  #seen(serverId: string): ServerObservation | undefined {
    const { observed } = this.state.read();
    return Object.hasOwn(observed, serverId) ? observed[serverId] : undefined;
  }

  #recovered(serverId: string): void {
    if (!this.#feeds.get(serverId)?.isFollowing) this.#lists.wake(serverId, 0, true);
  }

  async #list(serverId: string, signal: AbortSignal): Promise<void> {
    const server = this.#find(serverId);
    if (!server || server.isPaused) return;
    const feed = this.#feeds.get(serverId) ?? this.#newFeed(server);
    this.#feeds.set(serverId, feed);
    await feed.list(signal);
  }

  /** Use of a server that cannot be followed is not asked for: its list must work first. */
  async #measure(serverId: string, signal: AbortSignal): Promise<void> {
    const feed = this.#feeds.get(serverId);
    if (feed?.isFollowing) await feed.measure(signal);
  }

  #newFeed(made: ServerRecord): ServerFeed {
    const { timeoutSeconds, batchMs, maxBackoffSeconds } = this.settings.refresh;
    return new ServerFeed({
      provider: () => this.#open(made),
      write: (change) => this.#write(made, change),
      askForList: (delayMs) => this.#lists.wake(made.id, delayMs),
      clock: this.clock,
      random: Math.random,
      times: {
        timeoutMs: timeoutSeconds * 1000,
        batchMs,
        maxBackoffMs: maxBackoffSeconds * 1000,
        silenceMs: WATCH_SILENCE_MS,
        ageMs: AGE_MS,
      },
    });
  }

  #open(server: ServerRecord): ClusterProvider {
    if (isOtherCluster(server, this.#seen(server.id)?.facts ?? null)) {
      throw new ClusterError(
        'CLUSTER_CHANGED',
        'Another Kubernetes cluster answers at the address of this server.',
        'refused',
      );
    }
    return this.clusters.of(server);
  }

  #write(made: ServerRecord, change: (seen: ServerObservation) => ServerObservation): void {
    const server = this.#find(made.id);
    if (!server || server.isPaused || server.connectionRevision !== made.connectionRevision) return;
    const at = this.clock.now().toISOString();
    this.state.observe(made.id, (seen) => change(seen ?? initialObservation(at)));
  }

  /** The server was removed, paused, or its connection edited. */
  #ended(serverId: string): void {
    this.#feeds.get(serverId)?.close();
    this.#feeds.delete(serverId);
    const server = this.#find(serverId);
    if (!server || server.isPaused) void this.clusters.close(serverId);
  }

  #closeFeeds(): void {
    for (const feed of this.#feeds.values()) feed.close();
    this.#feeds.clear();
  }
}
