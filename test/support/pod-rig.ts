/** The pod room on a scripted cluster: real state in memory, real manager and settler, time that the test moves. */
import { jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Clusters } from '../../src/clusters/clusters.js';
import { checkInvariants } from '../../src/domain/invariants.js';
import type { MasterState } from '../../src/domain/master-state.js';
import { pictureOf } from '../../src/domain/observation.js';
import type { PodInfo } from '../../src/domain/pod-info.js';
import type { Reservation } from '../../src/domain/reservation.js';
import type { ServerObservation, ServerRecord } from '../../src/domain/server.js';
import { PodManager, type LaunchRequest } from '../../src/pods/pod-manager.js';
import { PodSettler } from '../../src/pods/pod-settler.js';
import { ProviderFactories, ProviderRegistry } from '../../src/providers/provider-registry.js';
import { loadSettings } from '../../src/settings.js';
import { SecretBox } from '../../src/state/secret-box.js';
import { StateRepository } from '../../src/state/state.repository.js';
import { claim, node, online } from './domain-fixtures.js';
import { ScriptedCluster, ScriptedFactory } from './scripted-cluster.js';
import { putServer, sandboxServer } from './server-record.js';

export const CALL_MS = 1_000;
export const LATE_MS = 2_000;
export const USER = { actor: 'ann', once: undefined };

const TICK_MS = 250;
const SETTINGS = loadSettings(
  {
    BERTH_PODS_CALL_TIMEOUT_SECONDS: String(CALL_MS / 1_000),
    BERTH_PODS_LATE_CREATE_SECONDS: String(LATE_MS / 1_000),
    BERTH_PODS_SETTLE_INTERVAL_SECONDS: '1',
  },
  join(process.cwd(), 'config'),
);

export const launchOf = (some: Partial<LaunchRequest> = {}): LaunchRequest => ({
  name: 'web',
  serverId: null,
  nodeName: null,
  amounts: claim({ cpuMilli: 1_000, memoryBytes: 1 }),
  spec: { image: 'registry.test/web:1', command: [], args: [], env: [], ports: [], runAsNonRoot: false },
  ...some,
});

/** Needs `jest.useFakeTimers` with nextTick, setImmediate and queueMicrotask left alone. */
export class PodRig {
  readonly state: StateRepository;
  readonly cluster: ScriptedCluster;
  readonly settler: PodSettler;
  readonly pods: PodManager;
  readonly registry: ProviderRegistry;
  /** Broken invariants of any revision that readers saw. */
  readonly problems: string[] = [];

  /** `before`: what is left of a rig whose process has ended: its cluster, and what was on the disk. `write`: how long the disk takes. */
  constructor(
    before?: { readonly cluster: ScriptedCluster; readonly state: MasterState },
    write: () => Promise<void> = async () => {},
  ) {
    this.state = new StateRepository({ ...(before ? { state: before.state } : {}), write });
    this.cluster = before?.cluster ?? new ScriptedCluster();
    this.registry = new ProviderRegistry(new ProviderFactories({ sandbox: new ScriptedFactory(this.cluster) }));
    const clusters = new Clusters(this.registry, new SecretBox({ key: randomBytes(32), reason: null }));
    this.settler = new PodSettler(this.state, clusters, SETTINGS);
    this.pods = new PodManager(this.state, clusters, this.settler, SETTINGS);
    this.state.changes$.subscribe(() => this.problems.push(...checkInvariants(this.state.read())));
    this.settler.onApplicationBootstrap();
    Logger.overrideLogger(false);
  }

  async addServer(
    id: string,
    some: Partial<ServerRecord> = {},
    status: Partial<ServerObservation> = {},
  ): Promise<void> {
    await putServer(this.state, sandboxServer(id, some));
    this.see(id, [], status);
  }

  /** What Berth sees of the server now: one node of 4 cores, and these pods. */
  see(id: string, pods: readonly PodInfo[] = [], status: Partial<ServerObservation> = {}): void {
    const at = new Date().toISOString();
    this.state.observe(id, (seen) => ({
      ...(seen ?? online(pictureOf([], [], at))),
      resources: pictureOf([node('node-1')], pods, at),
      ...status,
    }));
  }

  /** Lets everything that needs no time happen. */
  async calm(): Promise<void> {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      this.settler.tick();
      await this.calm();
      jest.advanceTimersByTime(Math.min(TICK_MS, ms - passed));
      await this.calm();
    }
    this.settler.tick();
    await this.calm();
  }

  async launch(some: Partial<LaunchRequest> = {}): Promise<string> {
    const { pod } = await this.pods.launch(launchOf(some), USER);
    await this.calm();
    return pod.id;
  }

  reservation(podId: string): Reservation {
    return this.pods.get(podId).pod.reservation;
  }

  async stop(): Promise<void> {
    await this.settler.onApplicationShutdown();
    await this.registry.closeAll();
    await this.state.close();
  }
}
