/** What must hold in every snapshot. Every test that touches state ends here; production counts violations in /metrics. */
import { nodeAccounts } from './ledger.js';
import type { DurableState, MasterState, ServerEntry } from './master-state.js';
import type { PodRecord } from './pod.js';
import { isOpen, type Reservation } from './reservation.js';
import { RESOURCE_KINDS, type ResourceVector } from './resources.js';

function amountsProblem(amounts: ResourceVector): string | null {
  const wrong = RESOURCE_KINDS.find((kind) => !Number.isSafeInteger(amounts[kind]) || amounts[kind] < 0);
  if (wrong) return `${wrong} is ${amounts[wrong]}`;
  return amounts.podCount === 1 ? null : `podCount is ${amounts.podCount}`;
}

function reservationProblem(reservation: Reservation): string | null {
  const { state, createAttempts, createDeadlineAt } = reservation;
  if (state === 'Held' && createAttempts !== 0) return 'is Held although a create was begun';
  if (state === 'Creating' && (createAttempts === 0 || createDeadlineAt === null))
    return 'is Creating without an attempt';
  if (state === 'Bound' && createAttempts === 0) return 'is Bound although nothing was created';
  return amountsProblem(reservation.amounts);
}

function repeated(values: readonly string[]): string[] {
  const seen = new Set<string>();
  return values.filter((value) => seen.size === seen.add(value).size);
}

function entryProblems(serverId: string, entry: ServerEntry): string[] {
  const pods = Object.values(entry.pods);
  const misfiled = Object.entries(entry.pods).filter(([id, pod]) => pod.id !== id || pod.serverId !== serverId);
  return [
    ...(entry.server.id === serverId ? [] : [`server ${serverId} is filed under another id`]),
    ...misfiled.map(([id]) => `pod ${id} is filed under another id or server`),
    ...repeated(pods.filter((pod) => isOpen(pod.reservation)).map((pod) => pod.name)).map(
      (name) => `two open pods of ${serverId} are named ${name}`,
    ),
    ...pods.flatMap((pod) => {
      const problem = reservationProblem(pod.reservation);
      return problem ? [`reservation of pod ${pod.id} ${problem}`] : [];
    }),
  ];
}

/** Sentences about what is wrong; empty when all is well. */
export function checkInvariants(state: DurableState & Partial<MasterState>): string[] {
  const pods: PodRecord[] = Object.values(state.servers).flatMap((entry) => Object.values(entry.pods));
  return [
    ...Object.entries(state.servers).flatMap(([id, entry]) => entryProblems(id, entry)),
    ...[...new Set(repeated(pods.map((pod) => pod.id)))].map((id) => `pod ${id} is there twice`),
    ...[...new Set(repeated(pods.map((pod) => pod.reservation.id)))].map((id) => `reservation ${id} is there twice`),
    ...Object.keys(state.observed ?? {}).flatMap((id) => (state.servers[id] ? [] : [`facts of unknown server ${id}`])),
  ];
}

/** Nodes on which claims exceed what is allocatable: legal when a node shrank or others run pods there, and never hidden. */
export function overcommits(state: MasterState): string[] {
  return Object.entries(state.servers).flatMap(([id, entry]) =>
    nodeAccounts(entry, state.observed[id]?.resources ?? null).flatMap((account) =>
      RESOURCE_KINDS.filter((kind) => account.overcommitted[kind] > 0).map(
        (kind) => `${entry.server.name}/${account.nodeName}: ${kind} by ${account.overcommitted[kind]}`,
      ),
    ),
  );
}
