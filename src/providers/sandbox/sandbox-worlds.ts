import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { SandboxConnection, SandboxTrouble } from '../../domain/server.js';
import { SandboxCluster } from './sandbox-cluster.js';
import { SandboxFaults } from './sandbox-faults.js';
import { SANDBOX_TIMES, type SandboxTimes } from './sandbox-times.js';
import { codeOf, TROUBLE_AFTER_MS } from './trouble.js';

/** The pretend clusters of this process, by server id: they outlive the providers that open them. */
@Injectable()
export class SandboxWorlds implements OnApplicationShutdown {
  readonly #clusters = new Map<string, { cluster: SandboxCluster; connection: SandboxConnection }>();
  readonly #troubles = new Map<string, NodeJS.Timeout>();
  times: SandboxTimes = SANDBOX_TIMES;

  constructor(private readonly faults: SandboxFaults = new SandboxFaults()) {}

  /** The server's cluster, made or given a new shape as the connection says. */
  get(serverId: string, connection: SandboxConnection): SandboxCluster {
    const known = this.#clusters.get(serverId);
    if (known && JSON.stringify(known.connection) === JSON.stringify(connection)) return known.cluster;
    const cluster = known?.cluster ?? new SandboxCluster(connection, this.times);
    this.#clusters.set(serverId, { cluster, connection });
    if (known) cluster.reshape(connection);
    if (connection.scene) this.#trouble(serverId, cluster, connection.scene.trouble);
    return cluster;
  }

  /** An edited connection is first without trouble. */
  #trouble(serverId: string, cluster: SandboxCluster, trouble: SandboxTrouble): void {
    clearTimeout(this.#troubles.get(serverId));
    this.#troubles.delete(serverId);
    this.faults.heal(serverId);
    const code = codeOf(trouble);
    const begin = (): void => {
      if (code) this.faults.cut(serverId, code);
      else if (trouble === 'node-not-ready') cluster.loseNode();
    };
    if (trouble !== 'none') this.#troubles.set(serverId, setTimeout(begin, TROUBLE_AFTER_MS).unref());
  }

  onApplicationShutdown(): void {
    for (const timer of this.#troubles.values()) clearTimeout(timer);
    for (const { cluster } of this.#clusters.values()) cluster.stop();
  }
}
