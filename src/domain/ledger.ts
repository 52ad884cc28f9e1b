/**
 * Who claims what on a node. Pure: the same entry and the same picture give the same accounts.
 *
 *   available = offered − Σ claims of open reservations − Σ effective requests of foreign pods
 *
 * A managed pod counts once: the larger of its reservation and what the cluster reports of it. Pods with our label but no open
 * reservation count as foreign. A reservation on a node that is gone still counts there, so that overcommit is seen.
 * Invariant: placing only what `fits` an account's `available` keeps claims within allocatable, on every node and kind.
 */
import type { ServerEntry } from './master-state.js';
import { closedReason, type NodeInfo, offered } from './node.js';
import { isLive, type PodInfo } from './pod-info.js';
import { isOpen } from './reservation.js';
import { add, larger, NOTHING, type ResourceVector, subtract, sum } from './resources.js';
import type { ServerResources } from './server.js';

export interface NodeAccount {
  readonly nodeName: string;
  /** Null: a node that was reserved on and is gone. */
  readonly node: NodeInfo | null;
  /** Why it takes no new pods; null when it does. */
  readonly closedReason: string | null;
  readonly allocatable: ResourceVector;
  /** Claims of Berth's reservations. */
  readonly reserved: ResourceVector;
  /** Requests of other pods. */
  readonly foreign: ResourceVector;
  /** What a new reservation may take; never below zero. */
  readonly available: ResourceVector;
  /** By how much claims exceed what the node offers. */
  readonly overcommitted: ResourceVector;
}

const atLeastZero = (vector: ResourceVector): ResourceVector => larger(vector, NOTHING);

/** Live pods by the node that they weigh on. A pod that the scheduler has not judged yet may land anywhere: it weighs on every node. */
function weighingOn(nodeName: string, pods: readonly PodInfo[]): PodInfo[] {
  return pods.filter(
    (pod) => isLive(pod) && (pod.nodeName === nodeName || (pod.nodeName === null && !pod.isUnschedulable)),
  );
}

function account(nodeName: string, node: NodeInfo | null, entry: ServerEntry, live: readonly PodInfo[]): NodeAccount {
  const here = Object.values(entry.pods)
    .map((pod) => pod.reservation)
    .filter((reservation) => isOpen(reservation) && reservation.nodeName === nodeName);
  const reported = new Map(here.map((reservation) => [reservation.id, NOTHING]));
  let foreign = NOTHING;
  for (const pod of weighingOn(nodeName, live)) {
    const managed = pod.reservationId === null ? undefined : reported.get(pod.reservationId);
    if (managed) reported.set(pod.reservationId ?? '', add(managed, pod.request));
    else if (pod.nodeName === nodeName || !isOurs(pod, entry)) foreign = add(foreign, pod.request);
  }
  const reserved = sum(here.map((reservation) => larger(reservation.amounts, reported.get(reservation.id) ?? NOTHING)));
  const left = subtract(node ? offered(node) : NOTHING, add(reserved, foreign));
  return {
    nodeName,
    node,
    closedReason: node ? closedReason(node) : 'the node is gone',
    allocatable: node?.allocatable ?? NOTHING,
    reserved,
    foreign,
    available: atLeastZero(left),
    overcommitted: atLeastZero(subtract(add(reserved, foreign), node?.allocatable ?? NOTHING)),
  };
}

/** A managed pod that waits for the scheduler is pinned to its reserved node and counted there. */
function isOurs(pod: PodInfo, entry: ServerEntry): boolean {
  return Object.values(entry.pods).some(
    ({ reservation }) => isOpen(reservation) && reservation.id === pod.reservationId,
  );
}

const cache = new WeakMap<ServerEntry, { resources: ServerResources | null; accounts: readonly NodeAccount[] }>();

/** One account per node, ordered by name. Remembered per entry and picture, since both are immutable. */
export function nodeAccounts(entry: ServerEntry, resources: ServerResources | null): readonly NodeAccount[] {
  const known = cache.get(entry);
  if (known && known.resources === resources) return known.accounts;
  const nodes = resources?.nodes ?? {};
  const reservedOn = Object.values(entry.pods)
    .filter((pod) => isOpen(pod.reservation))
    .map((pod) => pod.reservation.nodeName);
  const names = [...new Set([...Object.keys(nodes), ...reservedOn])].sort();
  const live = Object.values(resources?.pods ?? {}).filter(isLive);
  const accounts = names.map((name) =>
    account(name, Object.hasOwn(nodes, name) ? (nodes[name] ?? null) : null, entry, live),
  );
  cache.set(entry, { resources, accounts });
  return accounts;
}

/** The same amounts over many nodes: what is free on one is not diminished by what is overcommitted on another. */
export interface Totals {
  readonly allocatable: ResourceVector;
  readonly reserved: ResourceVector;
  readonly foreign: ResourceVector;
  readonly available: ResourceVector;
  readonly overcommitted: ResourceVector;
  /** Real use; kinds that no metric tells are zero. */
  readonly usage: ResourceVector;
  /** Nodes that report usage. */
  readonly measuredNodes: number;
}

export function totals(accounts: readonly NodeAccount[]): Totals {
  const usages = accounts.flatMap((each) => (each.node?.usage ? [each.node.usage] : []));
  return {
    allocatable: sum(accounts.map((each) => each.allocatable)),
    reserved: sum(accounts.map((each) => each.reserved)),
    foreign: sum(accounts.map((each) => each.foreign)),
    available: sum(accounts.map((each) => each.available)),
    overcommitted: sum(accounts.map((each) => each.overcommitted)),
    usage: sum(usages.map((use) => ({ ...NOTHING, cpuMilli: use.cpuMilli, memoryBytes: use.memoryBytes }))),
    measuredNodes: usages.length,
  };
}

export function addTotals(a: Totals, b: Totals): Totals {
  const plus = add;
  return {
    allocatable: plus(a.allocatable, b.allocatable),
    reserved: plus(a.reserved, b.reserved),
    foreign: plus(a.foreign, b.foreign),
    available: plus(a.available, b.available),
    overcommitted: plus(a.overcommitted, b.overcommitted),
    usage: plus(a.usage, b.usage),
    measuredNodes: a.measuredNodes + b.measuredNodes,
  };
}
