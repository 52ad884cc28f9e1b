/** One life of Berth: the real modules, from start to stop or kill, on a simulated disk and network. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Clusters } from '../../src/clusters/clusters.js';
import type { DurableState } from '../../src/domain/master-state.js';
import { HealthMonitor } from '../../src/health/health-monitor.js';
import { SystemClock } from '../../src/loops/clock.js';
import { PodManager } from '../../src/pods/pod-manager.js';
import { PodSettler } from '../../src/pods/pod-settler.js';
import {
  HostKeyProbe,
  KubeconfigReader,
  ProviderFactories,
  ProviderRegistry,
} from '../../src/providers/provider-registry.js';
import { BackgroundRefresh } from '../../src/refresh/background-refresh.js';
import { ServerReach } from '../../src/servers/reach.js';
import { ServerManager } from '../../src/servers/server-manager.js';
import { ServerRegistrar } from '../../src/servers/server-registrar.js';
import { loadSettings } from '../../src/settings.js';
import { readFacts, writeFacts } from '../../src/state/facts-file.js';
import { MasterFile } from '../../src/state/master-file.js';
import { warmed } from '../../src/state/open-state.js';
import { SecretBox } from '../../src/state/secret-box.js';
import { SILENT } from '../../src/state/state-parts.js';
import { StateRepository } from '../../src/state/state.repository.js';
import { RecordingLiveness } from '../support/job-rig.js';
import type { Network } from './network.js';
import type { SimulatedDisk } from './simulated-disk.js';
import { SimulatedFactory } from './simulated-provider.js';
import type { Site } from './site.js';

export const DIRECTORY = '/data';
export const CALL_MS = 2_000;
export const LATE_MS = 3_000;
const SETTLER_TICK_MS = 250;
const JOB_TICK_MS = 500;

const SETTINGS = loadSettings(
  {
    BERTH_PODS_CALL_TIMEOUT_SECONDS: String(CALL_MS / 1_000),
    BERTH_PODS_LATE_CREATE_SECONDS: String(LATE_MS / 1_000),
    BERTH_PODS_SETTLE_INTERVAL_SECONDS: '1',
    BERTH_PODS_MAX_CAPACITY_AGE_SECONDS: '30',
    BERTH_PODS_KEEP_FINISHED_HOURS: '1',
    BERTH_HEALTH_INTERVAL_SECONDS: '2',
    BERTH_HEALTH_TIMEOUT_SECONDS: '1',
    BERTH_REFRESH_INTERVAL_SECONDS: '8',
    BERTH_REFRESH_TIMEOUT_SECONDS: '2',
    BERTH_REFRESH_USAGE_INTERVAL_SECONDS: '60',
  },
  join(process.cwd(), 'config'),
);

class NoHostKeys extends HostKeyProbe {
  hostKey(): never {
    throw new Error('nobody is reached by SSH here');
  }
}

class NoKubeconfigs extends KubeconfigReader {
  apiServer(): never {
    throw new Error('nobody is reached by a kubeconfig here');
  }
}

export class Life {
  isDead = false;
  readonly registry: ProviderRegistry;
  readonly settler: PodSettler;
  readonly pods: PodManager;
  readonly servers: ServerManager;
  readonly registrar: ServerRegistrar;
  readonly health: HealthMonitor;
  readonly refresh: BackgroundRefresh;
  readonly #timers: NodeJS.Timeout[] = [];

  private constructor(
    readonly state: StateRepository,
    readonly disk: SimulatedDisk,
    network: Network,
    sites: ReadonlyMap<number, Site>,
  ) {
    Logger.overrideLogger(false);
    const factory = new SimulatedFactory(network, sites, () => this.isDead);
    this.registry = new ProviderRegistry(new ProviderFactories({ sandbox: factory }));
    const clusters = new Clusters(this.registry, new SecretBox({ key: randomBytes(32), reason: null }));
    const [clock, liveness] = [new SystemClock(), new RecordingLiveness()];
    const reach = new ServerReach(new NoHostKeys(), new NoKubeconfigs(), SETTINGS);
    this.settler = new PodSettler(state, clusters, SETTINGS);
    this.pods = new PodManager(state, clusters, this.settler, SETTINGS);
    this.servers = new ServerManager(state, clusters, reach, SETTINGS);
    this.registrar = new ServerRegistrar(state, clusters, reach, SETTINGS);
    this.health = new HealthMonitor(state, clusters, SETTINGS, clock, liveness);
    this.refresh = new BackgroundRefresh(state, clusters, SETTINGS, clock, liveness);
  }

  /** `see` gets every durable document that a reader of this life could see, the first one included. */
  static async start(
    disk: SimulatedDisk,
    network: Network,
    sites: ReadonlyMap<number, Site>,
    see: (state: DurableState) => void,
  ): Promise<Life> {
    const now = (): Date => new Date();
    await disk.makeDirectory(DIRECTORY);
    const generations = { keep: 2, everyMs: 3_600_000 };
    const opened = await MasterFile.open({
      fs: disk,
      directory: DIRECTORY,
      generations,
      journalBytes: 4_096,
      now,
      warn: () => {},
    });
    const observed = await readFacts(disk, DIRECTORY, opened.state.servers);
    const state = new StateRepository({
      state: warmed({ ...opened.state, observed }, now()),
      write: (next) => opened.file.write(next),
      writeFacts: (facts) => writeFacts(disk, DIRECTORY, facts),
      release: () => opened.file.close(),
      failure: opened.failure,
      now,
      queueLimit: 1_000,
      observedSaveMs: 20_000,
      recoveryMs: 1_000,
      log: SILENT,
    });
    const life = new Life(state, disk, network, sites);
    see(state.read());
    state.changes$.subscribe(() => {
      if (!life.isDead) see(state.read());
    });
    life.#begin();
    return life;
  }

  #begin(): void {
    this.settler.onApplicationBootstrap();
    this.health.onApplicationBootstrap();
    this.refresh.onApplicationBootstrap();
    const jobs = (): void => {
      this.health.tick();
      this.refresh.tick();
    };
    this.#timers.push(
      setInterval(() => this.settler.tick(), SETTLER_TICK_MS),
      setInterval(jobs, JOB_TICK_MS),
    );
  }

  #end(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.isDead = true;
    this.disk.die();
  }

  /** kill -9. What it has sent is on its way. */
  kill(): void {
    this.#end();
    // The memory of a dead process is gone: its jobs must not go on beside the next life.
    this.health.stop();
    this.refresh.stop();
    void this.registry.closeAll();
    void this.state.close();
  }

  /** SIGTERM, in the order in which Nest calls the hooks. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([this.health.beforeApplicationShutdown(), this.refresh.beforeApplicationShutdown()]);
    await Promise.all([this.settler.onApplicationShutdown(), this.registry.closeAll()]);
    await this.state.close();
    this.#end();
  }
}
