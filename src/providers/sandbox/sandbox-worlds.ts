import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { SandboxConnection } from '../../domain/server.js';
import { SandboxCluster } from './sandbox-cluster.js';
import { SANDBOX_TIMES, type SandboxTimes } from './sandbox-times.js';

/** The pretend clusters of this process, by server id: they outlive the providers that open them. */
@Injectable()
export class SandboxWorlds implements OnApplicationShutdown {
  readonly #clusters = new Map<string, { cluster: SandboxCluster; connection: SandboxConnection }>();
  times: SandboxTimes = SANDBOX_TIMES;

  /** The server's cluster, made or given a new shape as the connection says. */
  get(serverId: string, connection: SandboxConnection): SandboxCluster {
    const known = this.#clusters.get(serverId);
    if (known && JSON.stringify(known.connection) === JSON.stringify(connection)) return known.cluster;
    const cluster = known?.cluster ?? new SandboxCluster(connection, this.times);
    this.#clusters.set(serverId, { cluster, connection });
    if (known) cluster.reshape(connection);
    return cluster;
  }

  onApplicationShutdown(): void {
    for (const { cluster } of this.#clusters.values()) cluster.stop();
  }
}
