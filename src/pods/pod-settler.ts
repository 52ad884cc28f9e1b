/**
 * Drives every reservation to where it wants to be: sends creates, deletes what was given up, looks for what vanished. It is the only
 * caller of `createPod` and `deletePod`, so whatever a crash interrupted is simply driven on at the next start.
 * Invariant: each change of a reservation is durable before the call that relies on it is sent.
 * Concurrency: one step at a time per pod, `pods.settleParallel` at a time per server; a slow server holds up nobody else.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { castDraft } from 'immer';
import pLimit, { type LimitFunction } from 'p-limit';
import { Clusters } from '../clusters/clusters.js';
import { BerthError, ClusterError } from '../domain/errors.js';
import type { ServerEntry } from '../domain/master-state.js';
import type { PodOrder, PodRecord, PodReference } from '../domain/pod.js';
import {
  beginCreate,
  created,
  foundGone,
  foundPresent,
  isOpen,
  refused,
  type Reservation,
  unclear,
} from '../domain/reservation.js';
import type { ServerObservation, ServerRecord } from '../domain/server.js';
import type { CallOptions } from '../providers/cluster-provider.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { dropFinished } from './retention.js';
import { delayMs, mayCall, nextStep, type Step } from './settle-policy.js';

const TICK_MS = 250;
const RETENTION_MS = 60_000;
const SETTLER = 'settler';
/** Nothing was sent because Berth itself stops or reconnects: that must not fail a launch that was acknowledged. */
const OUR_OWN_DOING: ReadonlySet<string> = new Set(['CLOSED', 'SHUTTING_DOWN']);

/** Where a pod's work stands in this process. */
interface Work {
  step: Step;
  attempt: number;
  nextAt: number;
  isActive: boolean;
}

export function referenceOf(pod: PodRecord, server: ServerRecord): PodReference {
  const suffix = pod.reservation.id.slice(0, 8);
  return {
    podId: pod.id,
    reservationId: pod.reservation.id,
    namespace: server.namespace,
    objectName: `${pod.name}-${suffix}`,
  };
}

function orderOf(pod: PodRecord, server: ServerRecord): PodOrder {
  const { nodeName, amounts, gpuResource } = pod.reservation;
  return { reference: referenceOf(pod, server), name: pod.name, nodeName, amounts, gpuResource, spec: pod.spec };
}

const hasOpenPods = ({ pods }: ServerEntry): boolean => Object.values(pods).some((pod) => isOpen(pod.reservation));

@Injectable()
export class PodSettler implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(PodSettler.name);
  readonly #work = new Map<string, Work>();
  readonly #steps = new WeakMap<
    ServerEntry,
    { seen: ServerObservation | undefined; steps: ReadonlyMap<string, Step> }
  >();
  readonly #limits = new Map<string, LimitFunction>();
  readonly #running = new Set<Promise<void>>();
  /** By pod: until when its last create may take effect, on the clock that nobody can set. */
  readonly #lateUntil = new Map<string, number>();
  readonly #stop = new AbortController();
  /** What an earlier life has sent was sent before this one began. */
  readonly #bornAt = performance.now();
  #isStarted = false;
  #retainedAt = 0;

  constructor(
    private readonly state: StateRepository,
    private readonly clusters: Clusters,
    private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): void {
    this.#isStarted = true;
  }

  /** Ends calls in flight; what they left unclear is driven on at the next start. */
  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#running);
  }

  /** Starts what is due. Never throws, never waits. */
  @Interval(TICK_MS)
  tick(): void {
    if (!this.#isStarted || this.#stop.signal.aborted) return;
    const { servers, observed } = this.state.read();
    const wanted = new Set<string>();
    for (const entry of Object.values(servers)) {
      for (const [podId, step] of this.#stepsOf(entry, observed[entry.server.id])) {
        wanted.add(podId);
        this.#consider(entry.server.id, podId, step);
      }
      if (entry.server.isRemoving && !hasOpenPods(entry)) this.#drop(entry.server);
    }
    for (const [podId, work] of this.#work) if (!wanted.has(podId) && !work.isActive) this.#work.delete(podId);
    // Not with the work: a server that was away for a moment must not turn a wait into a matter of the wall clock.
    for (const [podId, until] of this.#lateUntil) if (until < performance.now()) this.#lateUntil.delete(podId);
    for (const id of this.#limits.keys()) if (!servers[id]) this.#limits.delete(id);
    this.#retain();
  }

  /** Do it now rather than at the next tick. */
  kick(serverId: string, podId: string): void {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    const pod = entry?.pods[podId];
    if (!this.#isStarted || this.#stop.signal.aborted || !entry || !pod) return;
    const work = this.#work.get(podId);
    if (work) work.nextAt = 0;
    const step = mayCall(entry.server, observed[serverId]) ? nextStep(pod, observed[serverId]) : 'none';
    if (step !== 'none') this.#consider(serverId, podId, step);
  }

  /** What the pods of one server need. Remembered while neither the server nor its picture changes: most are quiet. */
  #stepsOf(entry: ServerEntry, seen: ServerObservation | undefined): ReadonlyMap<string, Step> {
    const known = this.#steps.get(entry);
    if (known && known.seen === seen) return known.steps;
    const pods = mayCall(entry.server, seen) ? Object.values(entry.pods) : [];
    const steps = new Map(
      pods.map((pod) => [pod.id, nextStep(pod, seen)] as const).filter(([, step]) => step !== 'none'),
    );
    this.#steps.set(entry, { seen, steps });
    return steps;
  }

  #consider(serverId: string, podId: string, step: Step): void {
    const work = this.#work.get(podId) ?? { step, attempt: 0, nextAt: 0, isActive: false };
    this.#work.set(podId, work);
    if (work.step !== step && !work.isActive) Object.assign(work, { step, attempt: 0, nextAt: 0 });
    if (work.isActive || work.nextAt > performance.now()) return;
    work.isActive = true;
    const limit = this.#limits.get(serverId) ?? pLimit(this.settings.pods.settleParallel);
    this.#limits.set(serverId, limit);
    const run = limit(() => this.#run(serverId, podId, work)).finally(() => this.#running.delete(run));
    this.#running.add(run);
  }

  async #run(serverId: string, podId: string, work: Work): Promise<void> {
    try {
      if (!this.#stop.signal.aborted) await this.#carryOut(serverId, podId);
    } catch (error) {
      if (!(error instanceof BerthError)) this.#logger.error({ podId, error }, 'a step of a reservation failed');
    } finally {
      const slowest = this.settings.pods.settleIntervalSeconds * 1000;
      work.nextAt = performance.now() + delayMs(work.step, work.attempt++, slowest);
      work.isActive = false;
    }
  }

  async #carryOut(serverId: string, podId: string): Promise<void> {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    const pod = entry?.pods[podId];
    // It may have waited for its turn while the server was paused, or shown to be another one.
    if (!entry || !pod || !mayCall(entry.server, observed[serverId])) return;
    const step = nextStep(pod, observed[serverId]);
    if (step === 'create') await this.#create(entry.server, pod);
    if (step === 'remove') await this.#remove(entry.server, pod);
    if (step === 'verify') await this.#find(entry.server, pod);
  }

  async #create(server: ServerRecord, pod: PodRecord): Promise<void> {
    const callMs = this.settings.pods.callTimeoutSeconds * 1000;
    const lateUntil = new Date(Date.now() + this.#lateMs).toISOString();
    const endsAt = performance.now() + callMs;
    this.#lateUntil.set(pod.id, performance.now() + this.#lateMs);
    let isBegun = false;
    const begun = await this.#change(pod, 'send the create', (now, at) => {
      isBegun = now.state === 'Held' || now.state === 'Creating';
      return isBegun ? beginCreate(now, at, lateUntil) : now;
    });
    if (begun?.reservation.state !== 'Creating') {
      // Given up in the very commit that began it: this create is never sent, so nobody need wait for its deadline.
      if (begun && isBegun)
        await this.#change(begun, 'the create is not sent', (now, at) => refused(now, at, 'CLOSED', ''));
      return;
    }
    // The deadline was set before the disk took its time, so that time is taken from the call; with none left, the next attempt sends.
    const timeoutMs = Math.floor(endsAt - performance.now());
    if (timeoutMs <= 0) return;
    try {
      await this.clusters.of(server).createPod(orderOf(begun, server), { ...this.#options(), timeoutMs });
    } catch (error) {
      await this.#createFailed(begun, error);
      return;
    }
    await this.#change(pod, 'the cluster has it', created);
  }

  async #createFailed(pod: PodRecord, error: unknown): Promise<void> {
    const code = error instanceof BerthError ? error.code : 'INTERNAL';
    const message = error instanceof BerthError ? error.message : 'An unexpected failure while creating the pod.';
    const isRefused = error instanceof ClusterError && error.outcome === 'refused';
    if (!isRefused) {
      await this.#change(pod, `create unclear: ${code}`, (now) => unclear(now, code, message));
      return;
    }
    if (OUR_OWN_DOING.has(code)) return;
    // A link that could not be opened says nothing about an earlier, unclear attempt: try again later.
    if (pod.reservation.createAttempts > 1 && !code.startsWith('KUBERNETES_')) return;
    await this.#change(pod, `create refused: ${code}`, (now, at) => refused(now, at, code, message));
  }

  async #remove(server: ServerRecord, pod: PodRecord): Promise<void> {
    await this.clusters.of(server).deletePod(referenceOf(pod, server), this.#options());
    await this.#find(server, pod);
  }

  async #find(server: ServerRecord, pod: PodRecord): Promise<void> {
    const lateUntil = this.#lateUntil.get(pod.id) ?? this.#bornAt + this.#lateMs;
    const isEarly = pod.reservation.createDeadlineAt !== null && performance.now() < lateUntil;
    const readAt = isEarly ? '' : new Date().toISOString();
    const finding = await this.clusters.of(server).findPod(referenceOf(pod, server), this.#options());
    await this.#change(pod, `the cluster says: ${finding.found}`, (now, at) =>
      finding.found === 'gone' ? foundGone(now, readAt, at) : foundPresent(now),
    );
  }

  /** Applies a transition to the newest reservation; returns the pod after it, or undefined when it is no longer there. */
  async #change(
    pod: PodRecord,
    reason: string,
    transition: (now: Reservation, at: string) => Reservation,
  ): Promise<PodRecord | undefined> {
    const at = new Date().toISOString();
    await this.state.update({ actor: SETTLER, reason: `${pod.name}: ${reason}` }, (draft) => {
      const entry = draft.servers[pod.serverId];
      const found = entry?.pods[pod.id];
      if (!entry || !found || found.reservation.state === 'Released') return;
      found.reservation = castDraft(transition(found.reservation, at));
      if (entry.server.isRemoving && !hasOpenPods(entry)) delete draft.servers[pod.serverId];
    });
    return this.state.read().servers[pod.serverId]?.pods[pod.id];
  }

  /** The last pod was released by somebody else, by force. */
  #drop({ id, name }: ServerRecord): void {
    this.state
      .update({ actor: SETTLER, reason: `remove ${name}, its pods are gone` }, (draft) => {
        const entry = draft.servers[id];
        if (entry?.server.isRemoving && !hasOpenPods(entry)) delete draft.servers[id];
      })
      .catch((error: unknown) => this.#logger.warn({ error }, 'a server without pods stays listed'));
  }

  #retain(): void {
    if (performance.now() - this.#retainedAt < RETENTION_MS) return;
    this.#retainedAt = performance.now();
    const before = new Date(Date.now() - this.settings.pods.keepFinishedHours * 3_600_000).toISOString();
    this.state
      .update({ actor: SETTLER, reason: 'drop old finished pods' }, (draft) => dropFinished(draft, before))
      .catch((error: unknown) => this.#logger.warn({ error }, 'old pods stay listed'));
  }

  /** From a create's beginning until it can no longer take effect. */
  get #lateMs(): number {
    return (this.settings.pods.callTimeoutSeconds + this.settings.pods.lateCreateSeconds) * 1000;
  }

  #options(): CallOptions {
    return { timeoutMs: this.settings.pods.callTimeoutSeconds * 1000, signal: this.#stop.signal };
  }
}
