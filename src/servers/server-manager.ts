/** What users may do with registered servers, except admitting them. It decides and records; jobs see the change and follow. */
import { Injectable } from '@nestjs/common';
import { Clusters } from '../clusters/clusters.js';
import { BerthError } from '../domain/errors.js';
import type { MasterState, ServerEntry } from '../domain/master-state.js';
import { giveUp, isOpen } from '../domain/reservation.js';
import type { ConnectionFacts, ServerObservation, ServerRecord } from '../domain/server.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { look, type LookOptions } from './look.js';
import { ServerReach } from './reach.js';
import { change, findEntry, type Request } from './server-request.js';

/** A server with what is known of it. */
export interface ServerSight {
  readonly entry: ServerEntry;
  readonly seen: ServerObservation | undefined;
}

@Injectable()
export class ServerManager {
  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly reach: ServerReach,
    private readonly settings: Settings,
  ) {}

  snapshot(): MasterState {
    return this.state.read();
  }

  /** By name. */
  list(): ServerSight[] {
    const { servers, observed } = this.state.read();
    return Object.values(servers)
      .map((entry) => ({ entry, seen: observed[entry.server.id] }))
      .sort((a, b) => (a.entry.server.name < b.entry.server.name ? -1 : 1));
  }

  /** @throws BerthError SERVER_NOT_FOUND */
  get(serverId: string): ServerSight {
    const state = this.state.read();
    return { entry: findEntry(state, serverId), seen: state.observed[serverId] };
  }

  /** Looks at the open connection now; changes nothing. Fails as the machine does. */
  async test(serverId: string, options: LookOptions): Promise<ConnectionFacts> {
    const { server } = this.get(serverId).entry;
    return (await look(this.clusters.of(server), this.settings, options)).facts;
  }

  /** Closes the connection; the jobs open a new one at once. */
  async reconnect(serverId: string, request: Request): Promise<void> {
    await this.#edit(serverId, 'reconnect', request, (server) => ({
      connectionRevision: server.connectionRevision + 1,
    }));
    await this.clusters.close(serverId);
  }

  /** Berth leaves the server alone: no checks, no launches; its pods run on and keep their room. */
  async pause(serverId: string, request: Request): Promise<void> {
    await this.#edit(serverId, 'pause', request, () => ({ isPaused: true }));
    await this.clusters.close(serverId);
  }

  async resume(serverId: string, request: Request): Promise<void> {
    await this.#edit(serverId, 'resume', request, () => ({ isPaused: false }));
  }

  /**
   * The admin vouches for the host key that the machine shows now. No credential is sent before.
   * @throws BerthError INVALID_REQUEST when the server is not reached by SSH; HOST_KEY_CHANGED when it shows another key
   */
  async confirmHostKey(serverId: string, fingerprint: string, request: Request): Promise<void> {
    const { connection, name } = this.get(serverId).entry.server;
    if (connection.kind !== 'ssh') {
      throw new BerthError('INVALID_REQUEST', `"${name}" is not reached by SSH and has no host key.`, { errors: [] });
    }
    const { host, port } = connection;
    const hostKey = await this.reach.confirmedKey({ host, port, hostKeyFingerprint: fingerprint });
    await this.#edit(serverId, `confirm host key ${fingerprint} of`, request, (server) => ({
      connection: { ...connection, hostKey },
      connectionRevision: server.connectionRevision + 1,
    }));
    await this.clusters.close(serverId);
  }

  /**
   * `refuse`: only without pods. `keep`: they run on, and Berth forgets them. `delete`: each is deleted, and the server goes with
   * the last. @returns whether it is gone already. @throws BerthError SERVER_HAS_PODS
   */
  async remove(serverId: string, pods: 'refuse' | 'keep' | 'delete', request: Request): Promise<boolean> {
    const at = new Date().toISOString();
    const isGone = await this.state.update(change(request, `remove ${serverId}, pods: ${pods}`), (draft) => {
      const entry = findEntry(draft, serverId);
      const open = Object.values(entry.pods).filter((pod) => isOpen(pod.reservation));
      if (open.length > 0 && pods === 'refuse') {
        const count = open.length === 1 ? 'A pod runs or is' : `${open.length} pods run or are`;
        const message = `${count} reserved on "${entry.server.name}".`;
        throw new BerthError('SERVER_HAS_PODS', message, {
          pods: open.slice(0, 20).map(({ id, name }) => ({ id, name })),
        });
      }
      if (pods === 'delete' && open.length > 0) {
        const message = `Deleted by ${request.actor} with its server.`;
        for (const pod of open) pod.reservation = giveUp(pod.reservation, at, 'DELETED', message);
        entry.server.isRemoving = true;
      }
      const isEmpty = pods === 'keep' || !Object.values(entry.pods).some((pod) => isOpen(pod.reservation));
      if (isEmpty) delete draft.servers[serverId];
      return isEmpty;
    });
    if (isGone) await this.clusters.close(serverId);
    return isGone;
  }

  async #edit(
    serverId: string,
    reason: string,
    request: Request,
    edit: (server: ServerRecord) => Partial<ServerRecord>,
  ): Promise<void> {
    await this.state.update(change(request, `${reason} ${serverId}`), (draft) => {
      const entry = findEntry(draft, serverId);
      Object.assign(entry.server, edit(entry.server));
    });
  }
}
