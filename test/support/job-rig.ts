import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { setImmediate as settled } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Clusters } from '../../src/clusters/clusters.js';
import type { SandboxConnection, ServerObservation, ServerRecord } from '../../src/domain/server.js';
import { Liveness } from '../../src/loops/liveness.js';
import { ProviderFactories, ProviderRegistry } from '../../src/providers/provider-registry.js';
import { SandboxFaults } from '../../src/providers/sandbox/sandbox-faults.js';
import { SANDBOX_TIMES } from '../../src/providers/sandbox/sandbox-times.js';
import { SandboxWorlds } from '../../src/providers/sandbox/sandbox-worlds.js';
import { SandboxProviderFactory } from '../../src/providers/sandbox/sandbox.provider.js';
import { loadSettings, type Settings } from '../../src/settings.js';
import { SecretBox } from '../../src/state/secret-box.js';
import { StateRepository } from '../../src/state/state.repository.js';
import { FakeClock } from './fake-clock.js';
import { dropServer, putServer, sandboxConnection, sandboxServer } from './server-record.js';

Logger.overrideLogger(false);

export class RecordingLiveness extends Liveness {
  readonly checks = new Map<string, () => string | null>();

  register(name: string, check: () => string | null): void {
    this.checks.set(name, check);
  }
}

/** All that a job stands on, real and in memory: the state's twin, pretend clusters, and a clock that the test moves. */
export class JobRig {
  readonly clock = new FakeClock();
  readonly state = new StateRepository();
  readonly faults = new SandboxFaults();
  readonly worlds = new SandboxWorlds();
  readonly liveness = new RecordingLiveness();
  readonly settings: Settings;
  readonly clusters: Clusters;
  readonly #connections = new Map<string, SandboxConnection>();

  /** `env`: settings that the test needs to be other than the defaults. */
  constructor(env: Record<string, string> = {}) {
    this.settings = loadSettings(env, join(process.cwd(), 'config'));
    this.worlds.times = { ...SANDBOX_TIMES, startMs: 5, stopMs: 5, aliveMs: 60_000 };
    const factories = new ProviderFactories({ sandbox: new SandboxProviderFactory(this.worlds, this.faults) });
    const box = new SecretBox({ key: randomBytes(32), reason: null });
    this.clusters = new Clusters(new ProviderRegistry(factories), box);
  }

  async put(id: string, some: Partial<ServerRecord> = {}, connection: Partial<SandboxConnection> = {}): Promise<void> {
    const shaped = sandboxConnection(connection);
    this.#connections.set(id, shaped);
    await putServer(this.state, sandboxServer(id, { connection: shaped, ...some }));
    await settled();
  }

  async drop(id: string): Promise<void> {
    await dropServer(this.state, id);
    await settled();
  }

  cluster(id: string) {
    return this.worlds.get(id, this.#connections.get(id) ?? sandboxConnection());
  }

  seen(id: string): ServerObservation | undefined {
    return this.state.read().observed[id];
  }

  /** Resolves at the first change after which `isTrue`; the test's own timeout is the limit. */
  async until(isTrue: () => boolean): Promise<void> {
    if (isTrue()) return;
    const done = Promise.withResolvers<void>();
    const subscription = this.state.changes$.subscribe(() => {
      if (isTrue()) done.resolve();
    });
    await done.promise;
    subscription.unsubscribe();
  }
}
