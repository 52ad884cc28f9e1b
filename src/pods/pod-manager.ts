/**
 * What users may do with pods: reserve and launch, cancel, delete, read. It decides and records; the settler carries out.
 * Invariant: when a launch is acknowledged its reservation is durable, and nothing has been sent to any cluster before.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { castDraft, type Draft } from 'immer';
import { firstValueFrom, filter, map, merge, of, timer } from 'rxjs';
import { Clusters } from '../clusters/clusters.js';
import { BerthError } from '../domain/errors.js';
import type { DurableState, MasterState } from '../domain/master-state.js';
import type { PodEvent } from '../domain/pod-info.js';
import type { LaunchSpec, PodRecord } from '../domain/pod.js';
import { statusOf } from '../domain/pod-status.js';
import { force, giveUp, type Reservation } from '../domain/reservation.js';
import type { ResourceVector } from '../domain/resources.js';
import type { ServerObservation, ServerRecord } from '../domain/server.js';
import type { LogOptions } from '../providers/cluster-provider.js';
import { Settings } from '../settings.js';
import { type Change, StateRepository } from '../state/state.repository.js';
import { PodSettler, referenceOf } from './pod-settler.js';
import { reserve } from './reserve.js';

/** Who asks, and the Idempotency-Key if there is one. */
export interface Request {
  readonly actor: string;
  readonly once: Change['once'];
}

export interface LaunchRequest {
  /** Null: made from the image's name. */
  readonly name: string | null;
  readonly serverId: string | null;
  readonly nodeName: string | null;
  readonly amounts: ResourceVector;
  readonly spec: LaunchSpec;
}

/** A pod with all that a view needs. `seen` is undefined before anybody has looked at the server. */
export interface PodSight {
  readonly pod: PodRecord;
  readonly server: ServerRecord;
  readonly seen: ServerObservation | undefined;
}

const UNFINISHED: ReadonlySet<string> = new Set(['Reserved', 'Creating', 'Starting']);

/** A name from `ghcr.io/team/web-app:2` is `web-app-` and eight hex digits of the pod's id: fewer collide among hundreds of pods. */
function nameFrom(image: string, podId: string): string {
  const last = image.split('/').at(-1)?.split(/[:@]/)[0] ?? '';
  const plain = last
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '')
    .slice(0, 31);
  return `${plain.replace(/-+$/, '') || 'pod'}-${podId.slice(0, 8)}`;
}

function change({ actor, once }: Request, reason: string): Change {
  return once ? { actor, reason, once } : { actor, reason };
}

/** Finds the pod in a draft or a snapshot; pods hang on their server, and a fleet has far fewer servers than pods. */
function locate(state: DurableState | Draft<DurableState>, podId: string): PodRecord {
  const entry = Object.values(state.servers).find(({ pods }) => Object.hasOwn(pods, podId));
  const pod = entry?.pods[podId];
  if (!pod) throw new BerthError('POD_NOT_FOUND', `There is no pod ${podId}.`);
  return pod;
}

@Injectable()
export class PodManager {
  readonly #logger = new Logger(PodManager.name);

  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly settler: PodSettler,
    private readonly settings: Settings,
  ) {}

  /** Reserves durably, then launches in the background. Throws what `reserve` throws. */
  async launch(asked: LaunchRequest, request: Request): Promise<PodSight> {
    const podId = randomUUID();
    const now = Date.now();
    const order = {
      ...asked,
      podId,
      reservationId: randomUUID(),
      name: asked.name ?? nameFrom(asked.spec.image, podId),
      launchedBy: request.actor,
      at: new Date(now).toISOString(),
      trustedSince: new Date(now - this.settings.pods.maxCapacityAgeSeconds * 1000).toISOString(),
    };
    const id = await this.state.update(change(request, `launch ${order.name}`), (draft, observed) =>
      reserve(draft, observed, order),
    );
    const sight = this.get(id);
    this.settler.kick(sight.server.id, id);
    return sight;
  }

  /** Gives back a launch that has not been confirmed by the cluster yet. Throws `POD_NOT_CANCELLABLE` after that. */
  async cancel(podId: string, request: Request): Promise<PodSight> {
    return this.#giveUp(podId, request, 'CANCELLED', (now) => {
      if (now.state === 'Bound')
        throw new BerthError('POD_NOT_CANCELLABLE', 'The cluster has started the pod already.');
    });
  }

  /** Deletes the pod; its room comes back when the cluster says that it is gone. A second time changes nothing. */
  async remove(podId: string, request: Request): Promise<PodSight> {
    return this.#giveUp(podId, request, 'DELETED', () => undefined);
  }

  async #giveUp(
    podId: string,
    request: Request,
    code: 'CANCELLED' | 'DELETED',
    check: (now: Reservation) => void,
  ): Promise<PodSight> {
    const at = new Date().toISOString();
    const word = code === 'CANCELLED' ? 'Cancelled' : 'Deleted';
    await this.state.update(change(request, `${word.toLowerCase()} ${podId}`), (draft) => {
      const pod = locate(draft, podId);
      check(pod.reservation);
      const next = giveUp(pod.reservation, at, code, `${word} by ${request.actor}.`);
      if (next !== pod.reservation) setReservation(draft, pod, next);
    });
    const sight = this.get(podId);
    this.settler.kick(sight.server.id, podId);
    return sight;
  }

  /** Takes the room back from a server that cannot be asked, at the admin's risk. Throws `POD_NOT_RELEASABLE` while it can be. */
  async release(podId: string, reason: string, request: Request): Promise<PodSight> {
    const at = new Date().toISOString();
    await this.state.update(change(request, `forced release of ${podId}: ${reason}`), (draft, observed) => {
      const pod = locate(draft, podId);
      const status = observed[pod.serverId]?.status.state;
      if (status === 'Online' || status === 'Degraded') {
        throw new BerthError('POD_NOT_RELEASABLE', `The server is ${status}: it can be asked about this pod.`);
      }
      if (pod.reservation.state === 'Released') return;
      setReservation(
        draft,
        pod,
        force(pod.reservation, at, `Released by ${request.actor} without asking the cluster: ${reason}`),
      );
    });
    this.#logger.warn({ podId, actor: request.actor, reason }, 'room was released without evidence, by order');
    return this.get(podId);
  }

  get(podId: string): PodSight {
    const state = this.state.read();
    const pod = locate(state, podId);
    const entry = state.servers[pod.serverId];
    if (!entry) throw new BerthError('POD_NOT_FOUND', `There is no pod ${podId}.`);
    return { pod, server: entry.server, seen: state.observed[pod.serverId] };
  }

  snapshot(): MasterState {
    return this.state.read();
  }

  /** Waits until the launch has an outcome (it runs, fails or is gone), at most `seconds` and `pods.maxWaitSeconds`; then answers what is. */
  async waitForOutcome(podId: string, seconds: number): Promise<PodSight> {
    const serverId = this.get(podId).pod.serverId;
    const isUnfinished = ({ pod, seen }: PodSight): boolean =>
      UNFINISHED.has(statusOf(pod, seen?.resources ?? null).state);
    const outcome = merge(
      of(null),
      this.state.changes$.pipe(filter(({ serverIds }) => serverIds.includes(serverId))),
    ).pipe(
      map(() => this.get(podId)),
      filter((sight) => !isUnfinished(sight)),
    );
    const limit = timer(Math.min(seconds, this.settings.pods.maxWaitSeconds) * 1000).pipe(map(() => this.get(podId)));
    return firstValueFrom(merge(outcome, limit));
  }

  logs(podId: string, log: LogOptions, signal: AbortSignal): AsyncIterable<string> {
    const { pod, server } = this.get(podId);
    return this.clusters
      .of(server)
      .logs(referenceOf(pod, server), log, { timeoutMs: this.settings.pods.callTimeoutSeconds * 1000, signal });
  }

  async events(podId: string): Promise<PodEvent[]> {
    const { pod, server } = this.get(podId);
    const timeoutMs = this.settings.pods.callTimeoutSeconds * 1000;
    return this.clusters.of(server).events(referenceOf(pod, server), { timeoutMs });
  }
}

function setReservation(draft: Draft<DurableState>, pod: PodRecord, next: Reservation): void {
  const found = draft.servers[pod.serverId]?.pods[pod.id];
  if (found) found.reservation = castDraft(next);
}
