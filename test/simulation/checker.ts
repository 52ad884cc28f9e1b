/**
 * What must be true whatever happens. It knows the real clusters and the wire, and shares no rule with the code that it judges: sums,
 * evidence and order are worked out here once more. It throws at the first thing that is wrong.
 */
import { checkInvariants } from '../../src/domain/invariants.js';
import type { DurableState, MasterState, ServerEntry } from '../../src/domain/master-state.js';
import type { PodRecord } from '../../src/domain/pod.js';
import { RESOURCE_KINDS, type ResourceKind } from '../../src/domain/resources.js';
import type { ServerResources } from '../../src/domain/server.js';
import type { Network } from './network.js';
import type { Site } from './site.js';

/** A launch as a user sent it; known by its image, which nobody else uses. */
export interface LaunchCall {
  readonly image: string;
  /** Every time that it was sent, with what Berth believed at that moment. */
  readonly attempts: Attempt[];
  podId: string | null;
}

export interface Attempt {
  readonly observed: MasterState['observed'];
  readonly at: number;
  /** Order of all calls. */
  readonly index: number;
}

const ORDER = ['Held', 'Creating', 'Bound', 'Releasing', 'Released'];
const rank = (pod: PodRecord): number => ORDER.indexOf(pod.reservation.state);
const isOpen = (pod: PodRecord): boolean => pod.reservation.state !== 'Released';
const podsOf = (state: DurableState): PodRecord[] =>
  Object.values(state.servers).flatMap(({ pods }) => Object.values(pods));

export class Violation extends Error {}

function must(isTrue: boolean, what: () => string): void {
  if (!isTrue) throw new Violation(what());
}

/** What is taken of one kind on one node: each reservation once, and the requests of everybody else. */
export function takenOn(entry: ServerEntry, picture: ServerResources, nodeName: string, kind: ResourceKind): number {
  const mine = new Map<string, { claimed: number; reported: number }>();
  const ours = new Set<string>();
  for (const pod of Object.values(entry.pods).filter(isOpen)) {
    ours.add(pod.reservation.id);
    if (pod.reservation.nodeName === nodeName)
      mine.set(pod.reservation.id, { claimed: pod.reservation.amounts[kind], reported: 0 });
  }
  let foreign = 0;
  for (const pod of Object.values(picture.pods)) {
    if (pod.phase === 'Succeeded' || pod.phase === 'Failed') continue;
    const own = pod.reservationId === null ? undefined : mine.get(pod.reservationId);
    const isHere = pod.nodeName === nodeName;
    const isAnywhere = pod.nodeName === null && !pod.isUnschedulable;
    if (!isHere && !isAnywhere) continue;
    if (own) own.reported += pod.request[kind];
    else if (isHere || pod.reservationId === null || !ours.has(pod.reservationId)) foreign += pod.request[kind];
  }
  return [...mine.values()].reduce((sum, { claimed, reported }) => sum + Math.max(claimed, reported), foreign);
}

export class Checker {
  readonly launches = new Map<string, LaunchCall>();
  /** Pod ids that a user was told are reserved. */
  readonly acknowledged = new Set<string>();
  /** Pod ids that somebody has asked to delete or cancel. */
  readonly givenUp = new Set<string>();
  /** By pod id: whether the server could not be asked when an admin took the room back. */
  readonly forced = new Set<string>();
  /** By server id: how its removal was asked for. */
  readonly removals = new Map<string, 'refuse' | 'keep' | 'delete'>();
  /** Reservations whose pods may run without a record: by order of an admin. */
  readonly abandoned = new Set<string>();
  readonly counts = { revisions: 0, reserved: 0, bound: 0, released: 0, vanished: 0, forced: 0, refused: 0 };
  #before: DurableState | null = null;
  readonly #podIdByImage = new Map<string, string>();
  readonly #released = new Map<string, string>();

  constructor(
    private readonly sites: ReadonlyMap<number, Site>,
    private readonly network: Network,
    private readonly maxAgeMs: number,
  ) {}

  get last(): DurableState {
    if (!this.#before) throw new Error('nothing was seen yet');
    return this.#before;
  }

  siteOf({ server }: ServerEntry): Site {
    const site = server.connection.kind === 'sandbox' ? this.sites.get(server.connection.seed) : undefined;
    if (!site) throw new Error(`${server.name} is nowhere`);
    return site;
  }

  /** Every document that readers could see, in order, across all lives. */
  see(after: DurableState): void {
    const before = this.#before;
    this.#before = after;
    if (before === after || before?.servers === after.servers) return;
    this.counts.revisions += 1;
    must(!before || after.rev >= before.rev, () => `revision ${before?.rev} was lost: ${after.rev} is older`);
    for (const [id, entry] of Object.entries(before?.servers ?? {})) {
      const now = after.servers[id];
      if (now === entry) continue;
      if (now) this.#compare(entry, now);
      else this.#serverLeft(entry);
    }
    this.#arrivals(before, after);
  }

  #compare(before: ServerEntry, after: ServerEntry): void {
    for (const pod of Object.values(before.pods)) {
      const now = after.pods[pod.id];
      if (now === pod) continue;
      if (!now) {
        must(!isOpen(pod), () => `pod ${pod.id} (${pod.reservation.state}) disappeared from the record`);
        continue;
      }
      const [was, is] = [pod.reservation, now.reservation];
      must(
        is.id === was.id && is.nodeName === was.nodeName && JSON.stringify(is.amounts) === JSON.stringify(was.amounts),
        () => `the reservation of ${pod.id} became another one`,
      );
      must(rank(now) >= rank(pod), () => `pod ${pod.id} went back from ${was.state} to ${is.state}`);
      if (was.state !== 'Bound' && is.state === 'Bound') this.counts.bound += 1;
      if (isOpen(pod) && !isOpen(now)) this.#release(now, this.siteOf(after));
    }
  }

  #serverLeft(entry: ServerEntry): void {
    const how = this.removals.get(entry.server.id);
    must(how !== undefined, () => `server ${entry.server.name} disappeared, and nobody removed it`);
    for (const pod of Object.values(entry.pods).filter(isOpen)) {
      // With its server the last state of a pod is not seen: it must be evident all the same.
      if (how === 'keep' || this.forced.has(pod.id)) this.abandoned.add(pod.reservation.id);
      else this.#evident(pod, this.siteOf(entry), 'with its server');
      this.#released.set(pod.id, 'REMOVED');
    }
  }

  #release(pod: PodRecord, site: Site): void {
    const { id, code } = pod.reservation;
    this.counts.released += 1;
    this.#released.set(pod.id, code);
    if (code === 'FORCED') {
      must(this.forced.has(pod.id), () => `pod ${pod.id} was released by force, and nobody asked for it`);
      this.counts.forced += 1;
      this.abandoned.add(id);
      return;
    }
    if (code === 'VANISHED') {
      this.counts.vanished += 1;
      must(site.taken.has(id), () => `pod ${pod.id} counts as vanished, and nobody took it`);
    } else if (!this.givenUp.has(pod.id) && !this.removals.has(pod.serverId)) {
      this.counts.refused += 1;
      const { refused } = this.network.trace(id);
      const isUnsent = this.network.trace(id).sent === 0;
      must(refused > 0 || isUnsent, () => `pod ${pod.id} was released (${code}), and nobody gave it up or refused it`);
    }
    this.#evident(pod, site, code);
  }

  /** The room may be given back: nothing of it is there, and nothing can still arrive. */
  #evident(pod: PodRecord, site: Site, why: string): void {
    const { id } = pod.reservation;
    const { sent, refused, underway, gone } = this.network.trace(id);
    must(!site.has(id), () => `pod ${pod.id} was released (${why}) while it runs`);
    must(underway === 0, () => `pod ${pod.id} was released (${why}) while a create of it is still under way`);
    must(gone > 0 || sent === refused, () => `pod ${pod.id} was released (${why}) without evidence`);
  }

  #arrivals(before: DurableState | null, after: DurableState): void {
    const newest = new Map<string, { attempt: Attempt; entry: ServerEntry; pod: PodRecord }>();
    for (const entry of Object.values(after.servers)) {
      const known = before?.servers[entry.server.id];
      if (known === entry) continue;
      for (const pod of Object.values(entry.pods)) {
        if (known?.pods[pod.id]) continue;
        must(!this.#released.has(pod.id), () => `pod ${pod.id} came back`);
        const other = this.#podIdByImage.get(pod.spec.image);
        must(other === undefined || other === pod.id, () => `one launch made two pods: ${other} and ${pod.id}`);
        this.#podIdByImage.set(pod.spec.image, pod.id);
        this.counts.reserved += 1;
        const call = this.launches.get(pod.spec.image);
        const attempt = call?.attempts.find(({ at }) => at === Date.parse(pod.launchedAt));
        if (!attempt) throw new Violation(`pod ${pod.id} was launched by nobody`);
        if (!isOpen(pod)) {
          this.#release(pod, this.siteOf(entry));
          continue;
        }
        const key = `${entry.server.id}/${pod.reservation.nodeName}`;
        if ((newest.get(key)?.attempt.index ?? -1) < attempt.index) newest.set(key, { attempt, entry, pod });
      }
    }
    for (const { attempt, entry, pod } of newest.values()) this.#fits(attempt, entry, pod);
  }

  /** Of the launches that became durable together, the last one saw all the others, and what Berth believed then. */
  #fits(attempt: Attempt, entry: ServerEntry, pod: PodRecord): void {
    const { nodeName } = pod.reservation;
    const seen = attempt.observed[entry.server.id];
    const node = seen?.resources?.nodes[nodeName];
    must(
      seen !== undefined && ['Online', 'Degraded'].includes(seen.status.state),
      () => `${pod.id} was reserved on ${entry.server.name}, which was ${seen?.status.state}`,
    );
    if (!node || !seen?.resources) throw new Violation(`${pod.id} was reserved on ${nodeName}, which nobody had seen`);
    must(
      node.isReady && !node.isCordoned && node.taints.length === 0,
      () => `${pod.id} was reserved on ${nodeName}, which takes no pods`,
    );
    const ageMs = attempt.at - Date.parse(seen.resources.observedAt);
    must(ageMs <= this.maxAgeMs, () => `${pod.id} was reserved on a picture that was ${ageMs} ms old`);
    for (const kind of RESOURCE_KINDS) {
      if (pod.reservation.amounts[kind] === 0) continue;
      const taken = takenOn(entry, seen.resources, nodeName, kind);
      must(
        taken <= node.allocatable[kind],
        () => `${nodeName} of ${entry.server.name} is sold twice: ${taken} of ${node.allocatable[kind]} ${kind}`,
      );
    }
  }

  /** A user was told that the pod is reserved. */
  acknowledge(image: string, podId: string): void {
    const call = this.launches.get(image);
    if (!call) throw new Error(`there was no launch of ${image}`);
    must(call.podId === null || call.podId === podId, () => `two answers to one key: ${call.podId} and ${podId}`);
    call.podId = podId;
    this.acknowledged.add(podId);
  }

  /** After every step. */
  check(): void {
    const state = this.last;
    const problems = checkInvariants({ ...state, observed: {} });
    must(problems.length === 0, () => problems.join('; '));
    const open = new Map<string, { site: Site; pod: PodRecord }>();
    const known = new Set<string>();
    for (const entry of Object.values(state.servers)) {
      const site = this.siteOf(entry);
      for (const pod of Object.values(entry.pods)) {
        known.add(pod.id);
        if (isOpen(pod)) open.set(pod.reservation.id, { site, pod });
      }
    }
    for (const id of this.acknowledged) {
      must(known.has(id) || this.#released.has(id), () => `pod ${id} was acknowledged and is lost`);
    }
    for (const site of this.sites.values()) this.#checkSite(site, open);
  }

  #checkSite(site: Site, open: ReadonlyMap<string, { site: Site; pod: PodRecord }>): void {
    for (const id of site.objects) {
      const isKept = open.get(id)?.site === site || this.abandoned.has(id);
      must(isKept, () => `reservation ${id} runs on ${site.uid}, and nobody holds its room`);
    }
    for (const [id, count] of site.made) {
      const pod = open.get(id)?.pod;
      const isDisturbed = !pod || this.givenUp.has(pod.id) || site.taken.has(id) || this.removals.has(pod.serverId);
      must(count === 1 || isDisturbed, () => `reservation ${id} was created ${count} times`);
    }
  }

  /** When everything has been calm for long enough: the books and the clusters say the same. */
  checkAgreement(state: MasterState): void {
    for (const entry of Object.values(state.servers)) {
      const site = this.siteOf(entry);
      const bound = Object.values(entry.pods).filter((pod) => pod.reservation.state === 'Bound');
      const inBooks = bound.map((pod) => pod.reservation.id).sort();
      const running = site.objects.filter((id) => !this.abandoned.has(id)).sort();
      must(inBooks.join() === running.join(), () => `${entry.server.name}: ${inBooks.join()} or ${running.join()}?`);
      const picture = state.observed[entry.server.id]?.resources;
      const { nodes, pods } = site.snapshot();
      const shown = Object.keys(picture?.pods ?? {}).sort();
      const real = pods.map(({ uid }) => uid).sort();
      must(shown.join() === real.join(), () => `${entry.server.name} shows ${shown.join()} and runs ${real.join()}`);
      for (const node of nodes) {
        const [believed, is] = [picture?.nodes[node.name]?.allocatable, node.allocatable];
        must(JSON.stringify(believed) === JSON.stringify(is), () => `${node.name}: allocatable is not as shown`);
      }
    }
  }
}

/** Whether nothing is left to do for the settler. */
export const isQuiet = (state: DurableState): boolean =>
  podsOf(state).every(({ reservation }) => reservation.state === 'Bound' || reservation.state === 'Released') &&
  Object.values(state.servers).every(({ server }) => !server.isRemoving);
