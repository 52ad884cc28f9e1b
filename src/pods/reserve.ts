/**
 * Check and take, in one synchronous step inside a state update: the heart of "no double booking". No call, no clock, no await.
 * Invariant: what it takes fits the account of the chosen node in the very document that the update is based on.
 */
import { castDraft, type Draft, original } from 'immer';
import { toAmounts } from '../domain/amounts.js';
import { BerthError } from '../domain/errors.js';
import { nodeAccounts } from '../domain/ledger.js';
import type { DurableState, MasterState, ServerEntry } from '../domain/master-state.js';
import { bestFit, type Candidate, nearestMisfits } from '../domain/placement.js';
import type { LaunchSpec, PodRecord } from '../domain/pod.js';
import { hold, isOpen } from '../domain/reservation.js';
import { resources, type ResourceVector, type Shortfall } from '../domain/resources.js';
import type { ServerObservation } from '../domain/server.js';

/** A launch as asked for. `serverId` and `nodeName` null mean: wherever it fits best. Ids and time are the caller's. */
export interface LaunchOrder {
  readonly podId: string;
  readonly reservationId: string;
  readonly name: string;
  readonly serverId: string | null;
  readonly nodeName: string | null;
  readonly amounts: ResourceVector;
  readonly spec: LaunchSpec;
  readonly launchedBy: string;
  readonly at: string;
  /** Capacity last confirmed before this instant is unknown, that is zero. */
  readonly trustedSince: string;
}

const SHOWN_MISFITS = 5;
const ORDINARY: ReadonlySet<string> = new Set(['Online', 'Degraded']);

/** Why a server takes no launches now; null when it does. */
export function closedBecause(
  entry: ServerEntry,
  seen: ServerObservation | undefined,
  trustedSince: string,
): string | null {
  const { server } = entry;
  if (server.isPaused) return 'it is paused';
  if (server.isRemoving) return 'it is being removed';
  if (!seen?.resources) return 'its capacity has not been seen yet';
  if (!ORDINARY.has(seen.status.state)) return `it is ${seen.status.state}. ${seen.status.message}`.trim();
  if (seen.resources.observedAt < trustedSince) return `its capacity was last seen at ${seen.resources.observedAt}`;
  return null;
}

function candidatesOn(entry: ServerEntry, observed: MasterState['observed'], nodeName: string | null): Candidate[] {
  const { id, name } = entry.server;
  return nodeAccounts(entry, observed[id]?.resources ?? null)
    .filter((account) => nodeName === null || account.nodeName === nodeName)
    .map((account) => ({ serverId: id, serverName: name, account }));
}

function eligible(head: DurableState, observed: MasterState['observed'], order: LaunchOrder): Candidate[] {
  const closed = (entry: ServerEntry): string | null =>
    closedBecause(entry, observed[entry.server.id], order.trustedSince);
  if (order.serverId === null) {
    const open = Object.values(head.servers).filter((entry) => closed(entry) === null);
    return open.flatMap((entry) => candidatesOn(entry, observed, order.nodeName));
  }
  const entry = head.servers[order.serverId];
  if (!entry) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${order.serverId}.`);
  const reason = closed(entry);
  if (reason !== null) {
    throw new BerthError('SERVER_NOT_READY', `The server "${entry.server.name}" takes no launches: ${reason}`, {
      serverId: order.serverId,
      state: observed[order.serverId]?.status.state ?? 'Connecting',
    });
  }
  return candidatesOn(entry, observed, order.nodeName);
}

const LABELS = {
  cpuMilli: 'cpus',
  memoryBytes: 'memoryGiB',
  storageBytes: 'storageGiB',
  gpuCount: 'gpus',
  podCount: 'pods',
} as const;

interface WireShortfall {
  readonly resource: string;
  readonly asked: number;
  readonly available: number;
  readonly missing: number;
}

/** A shortfall in the wire's units. */
function onWire({ resource, asked, available, missing }: Shortfall): WireShortfall {
  const amount = (value: number): number => {
    const wire = { ...toAmounts(resources({ [resource]: value })), pods: value };
    return wire[LABELS[resource]];
  };
  return { resource: LABELS[resource], asked: amount(asked), available: amount(available), missing: amount(missing) };
}

function inWords({ resource, asked, available }: WireShortfall): string {
  return `${resource} asked ${asked}, free ${available}`;
}

function refuse(order: LaunchOrder, candidates: readonly Candidate[]): never {
  const misfits = nearestMisfits(order.amounts, candidates, SHOWN_MISFITS);
  const nodes = misfits.map(({ candidate, closedReason, shortfalls }) => ({
    serverId: candidate.serverId,
    serverName: candidate.serverName,
    nodeName: candidate.account.nodeName,
    closedReason,
    available: toAmounts(candidate.account.available),
    shortfalls: shortfalls.map(onWire),
  }));
  const nearest = nodes[0];
  const where = nearest
    ? ` The nearest is ${nearest.serverName}/${nearest.nodeName}: ${nearest.closedReason ?? nearest.shortfalls.map(inWords).join(', ')}.`
    : ' No node is open.';
  throw new BerthError('INSUFFICIENT_RESOURCES', `No node has room for this.${where}`, {
    asked: toAmounts(order.amounts),
    shortfalls: nearest?.shortfalls ?? [],
    nodes,
  });
}

/** Takes the room or throws `INSUFFICIENT_RESOURCES`, `SERVER_NOT_READY`, `SERVER_NOT_FOUND` or `POD_NAME_TAKEN`. Returns the pod's id. */
export function reserve(draft: Draft<DurableState>, observed: MasterState['observed'], order: LaunchOrder): string {
  const head: DurableState = original(draft) ?? draft;
  const candidates = eligible(head, observed, order);
  const chosen = bestFit(order.amounts, candidates);
  if (!chosen) refuse(order, candidates);
  const entry = draft.servers[chosen.serverId];
  if (!entry) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${chosen.serverId}.`);
  // Read from the document itself: through the draft, immer would make a copy of every pod that is only looked at.
  const present = Object.values(head.servers[chosen.serverId]?.pods ?? {});
  const isTaken = present.some((pod) => pod.name === order.name && isOpen(pod.reservation));
  if (isTaken) {
    throw new BerthError('POD_NAME_TAKEN', `A pod named "${order.name}" is already on "${entry.server.name}".`);
  }
  const gpuResource = order.amounts.gpuCount > 0 ? (chosen.account.node?.gpuResource ?? null) : null;
  const pod: PodRecord = {
    id: order.podId,
    name: order.name,
    serverId: chosen.serverId,
    spec: order.spec,
    reservation: hold(order.reservationId, chosen.account.nodeName, order.amounts, gpuResource, order.at),
    launchedBy: order.launchedBy,
    launchedAt: order.at,
  };
  entry.pods[pod.id] = castDraft(pod);
  return pod.id;
}
