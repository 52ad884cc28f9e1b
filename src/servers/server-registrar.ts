/**
 * Admits servers: tries the connection first, and only one that works and is not known yet becomes part of the state.
 * Invariant: a refused registration leaves nothing behind; one cluster is never registered twice, or its room would be booked twice.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { castDraft } from 'immer';
import { Clusters } from '../clusters/clusters.js';
import { BerthError } from '../domain/errors.js';
import type { DurableState } from '../domain/master-state.js';
import { initialObservation } from '../domain/observation.js';
import { isOpen } from '../domain/reservation.js';
import type { ConnectionFacts, ServerObservation, ServerRecord } from '../domain/server.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import type { EditDto } from './edit.dto.js';
import { type Finding, look, type LookOptions } from './look.js';
import { type Reach, ServerReach } from './reach.js';
import type { ReachDto, RegisterDto } from './register.dto.js';
import { change, findEntry, type Request } from './server-request.js';

function online({ facts, resources }: Finding, at: string): ServerObservation {
  return { ...initialObservation(at, 'Online'), facts, resources };
}

function sameAddress(a: ServerRecord, b: ServerRecord): boolean {
  const [one, other] = [a.connection, b.connection];
  return one.kind === 'ssh' && other.kind === 'ssh' && one.host === other.host && one.port === other.port;
}

/** Throws when the name, the address or the cluster belongs to another server. */
function checkUnique(state: DurableState, record: ServerRecord): void {
  for (const { server } of Object.values(state.servers)) {
    if (server.id === record.id) continue;
    if (server.name.toLowerCase() === record.name.toLowerCase()) {
      throw new BerthError('SERVER_NAME_TAKEN', `A server named "${server.name}" exists.`, { serverId: server.id });
    }
    if (sameAddress(server, record) || (record.clusterUid !== '' && server.clusterUid === record.clusterUid)) {
      const message = `This machine or cluster is registered as "${server.name}"; its room must not be booked twice.`;
      throw new BerthError('SERVER_ALREADY_REGISTERED', message, { serverId: server.id, serverName: server.name });
    }
  }
}

@Injectable()
export class ServerRegistrar {
  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly reach: ServerReach,
    private readonly settings: Settings,
  ) {}

  /** Connects, looks, and registers. @returns the server's id. @throws BerthError of reaching it, SERVER_NAME_TAKEN, SERVER_ALREADY_REGISTERED */
  async register(dto: RegisterDto, request: Request): Promise<string> {
    const reach = await this.reach.resolve(dto);
    const record = this.#newRecord(dto, reach);
    // Before connecting, so that a mistake is told at once; and again in the update. A repeated request is told by the update alone.
    if (!request.once) checkUnique(this.state.read(), record);
    try {
      const found = await this.#look(record);
      const server = { ...record, clusterUid: found.facts.clusterUid };
      const id = await this.state.update(change(request, `register ${server.name}`), (draft) => {
        checkUnique(draft, server);
        draft.servers[server.id] = castDraft({ server, pods: {} });
        return server.id;
      });
      this.state.observe(id, (previous) => previous ?? online(found, server.registeredAt));
      if (id !== server.id) await this.clusters.close(server.id);
      return id;
    } catch (error) {
      await this.clusters.close(record.id);
      throw error;
    }
  }

  /** Connects and looks, and keeps nothing. */
  async rehearse(dto: ReachDto, options: LookOptions): Promise<ConnectionFacts> {
    const record = this.#newRecord({ name: 'trial' }, await this.reach.resolve(dto));
    try {
      return (await this.#look(record, options)).facts;
    } finally {
      await this.clusters.close(record.id);
    }
  }

  /** Changes what is given. A new way to reach the server is tried first. @throws also CLUSTER_CHANGED, SERVER_NOT_FOUND */
  async edit(serverId: string, dto: EditDto, request: Request): Promise<void> {
    const { server } = findEntry(this.state.read(), serverId);
    const isMoved = dto.ssh !== undefined || dto.kubeconfig !== undefined;
    const reach = isMoved ? await this.reach.resolve(dto) : null;
    const clusterUid = reach ? await this.#clusterBehind(server, reach) : server.clusterUid;
    await this.state.update(change(request, `edit ${server.name}`), (draft) => {
      const entry = findEntry(draft, serverId);
      const next = { ...entry.server, ...plainEdits(dto), clusterUid };
      const moved = reach
        ? {
            connection: reach.connection,
            credential: this.#sealed(serverId, reach),
            connectionRevision: next.connectionRevision + 1,
          }
        : {};
      const edited: ServerRecord = { ...next, ...moved };
      checkUnique(draft, edited);
      const hasPods = Object.values(entry.pods).some((pod) => isOpen(pod.reservation));
      if (hasPods && entry.server.clusterUid !== clusterUid) {
        throw new BerthError(
          'CLUSTER_CHANGED',
          `"${server.name}" has pods, and the new address leads to another cluster.`,
        );
      }
      entry.server = castDraft(edited);
    });
  }

  async #clusterBehind(server: ServerRecord, reach: Reach): Promise<string> {
    const id = randomUUID();
    const moved: ServerRecord = { ...server, id, connection: reach.connection, credential: this.#sealed(id, reach) };
    try {
      return (await this.#look(moved)).facts.clusterUid;
    } finally {
      await this.clusters.close(id);
    }
  }

  #look(record: ServerRecord, options?: LookOptions): Promise<Finding> {
    return look(this.clusters.of(record), this.settings, options);
  }

  #sealed(serverId: string, { credential }: Reach): ServerRecord['credential'] {
    return credential && this.clusters.seal(serverId, credential);
  }

  #newRecord(dto: RegisterDto, reach: Reach): ServerRecord {
    const id = randomUUID();
    return {
      id,
      name: dto.name,
      tags: dto.tags ?? [],
      location: dto.location ?? '',
      connection: reach.connection,
      credential: this.#sealed(id, reach),
      connectionRevision: 1,
      clusterUid: '',
      namespace: dto.namespace ?? this.settings.pods.namespace,
      isPaused: false,
      isRemoving: false,
      healthIntervalSeconds: dto.healthIntervalSeconds ?? null,
      refreshIntervalSeconds: dto.refreshIntervalSeconds ?? null,
      registeredAt: new Date().toISOString(),
    };
  }
}

/** The edits that need no connection. */
function plainEdits(dto: EditDto): Partial<ServerRecord> {
  return {
    ...(dto.name === undefined ? {} : { name: dto.name }),
    ...(dto.tags === undefined ? {} : { tags: dto.tags }),
    ...(dto.location === undefined ? {} : { location: dto.location }),
    ...(dto.healthIntervalSeconds === undefined ? {} : { healthIntervalSeconds: dto.healthIntervalSeconds }),
    ...(dto.refreshIntervalSeconds === undefined ? {} : { refreshIntervalSeconds: dto.refreshIntervalSeconds }),
  };
}
