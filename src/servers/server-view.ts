/** Servers and the fleet for the wire. Remembered per server and picture; only ages are computed per answer. */
import { toAmounts } from '../domain/amounts.js';
import { addTotals, type NodeAccount, nodeAccounts, totals, type Totals } from '../domain/ledger.js';
import type { MasterState, ServerEntry } from '../domain/master-state.js';
import { isLive, type PodInfo } from '../domain/pod-info.js';
import { isOpen } from '../domain/reservation.js';
import { add } from '../domain/resources.js';
import type { ServerConnection, ServerObservation, ServerRecord, ServerState } from '../domain/server.js';
import type { UsageDto } from '../http/amounts.dto.js';
import { toUsage } from '../http/usage-view.js';
import type {
  CapacityDto,
  ClusterPodDto,
  ConnectionDto,
  FleetDto,
  NodeDto,
  PodCountsDto,
  ServerDto,
} from './server.dto.js';
import type { ServerSight } from './server-manager.js';

function capacityView(sums: Omit<Totals, 'usage' | 'measuredNodes'>): CapacityDto {
  return {
    allocatable: toAmounts(sums.allocatable),
    allocated: toAmounts(add(sums.reserved, sums.foreign)),
    reserved: toAmounts(sums.reserved),
    foreign: toAmounts(sums.foreign),
    available: toAmounts(sums.available),
    overcommitted: toAmounts(sums.overcommitted),
  };
}

function nodeView(account: NodeAccount): NodeDto {
  const { node } = account;
  return {
    name: account.nodeName,
    closedReason: account.closedReason,
    capacity: capacityView(account),
    usage: toUsage(node?.usage ?? null),
    kubeletVersion: node?.kubeletVersion ?? '',
    osImage: node?.osImage ?? '',
    architecture: node?.architecture ?? '',
    gpuResource: node?.gpuResource ?? null,
  };
}

function addressOf(connection: ServerConnection): string {
  switch (connection.kind) {
    case 'ssh':
      return `${connection.username}@${connection.host}:${connection.port}`;
    case 'kubeconfig':
      return connection.apiServer;
    case 'in-cluster':
      return 'the cluster that Berth runs in';
    case 'sandbox':
      return `a pretend cluster of ${connection.nodeCount} nodes`;
  }
}

function connectionView({ connection, credential }: ServerRecord): ConnectionDto {
  const isSsh = connection.kind === 'ssh';
  return {
    kind: connection.kind,
    address: addressOf(connection),
    hostKey: isSsh ? connection.hostKey : null,
    useTunnel: isSsh && connection.useTunnel,
    credential: credential?.kind ?? null,
  };
}

/** By reservation id, the open pods that Berth launched there. */
function managedIds(entry: ServerEntry): ReadonlyMap<string, string> {
  const open = Object.values(entry.pods).filter((pod) => isOpen(pod.reservation));
  return new Map(open.map((pod) => [pod.reservation.id, pod.id]));
}

const isManaged = (pod: PodInfo, managed: ReadonlyMap<string, string>): boolean =>
  pod.reservationId !== null && managed.has(pod.reservationId);

function podCounts(entry: ServerEntry, seen: ServerObservation | undefined): PodCountsDto {
  const managed = managedIds(entry);
  const alive = Object.values(seen?.resources?.pods ?? {}).filter(isLive);
  return { managed: managed.size, foreign: alive.filter((pod) => !isManaged(pod, managed)).length };
}

/** Oldest measurement of the nodes, with the sum of what they measured. */
function usageView(accounts: readonly NodeAccount[], sums: Totals): UsageDto | null {
  const instants = accounts.flatMap(({ node }) => (node?.usage ? [node.usage.observedAt] : [])).sort();
  const observedAt = instants[0];
  if (observedAt === undefined) return null;
  return toUsage({ cpuMilli: sums.usage.cpuMilli, memoryBytes: sums.usage.memoryBytes, observedAt });
}

type Ageless = Omit<ServerDto, 'ageSeconds'>;

function build({ entry, seen }: ServerSight, accounts: readonly NodeAccount[], sums: Totals): Ageless {
  const { server } = entry;
  const status = server.isPaused && seen?.status.state !== 'Paused' ? undefined : seen?.status;
  return {
    id: server.id,
    name: server.name,
    tags: server.tags,
    location: server.location,
    state: status?.state ?? (server.isPaused ? 'Paused' : 'Connecting'),
    code: status?.code ?? '',
    message: status?.message ?? '',
    since: status?.since ?? server.registeredAt,
    connection: connectionView(server),
    capacity: capacityView(sums),
    usage: usageView(accounts, sums),
    pods: podCounts(entry, seen),
    nodes: accounts.map(nodeView),
    checks: seen?.checks ?? [],
    checkedAt: seen?.checkedAt ?? null,
    facts: seen?.facts ?? null,
    refreshError: seen?.refreshError ? `${seen.refreshError.code}: ${seen.refreshError.message}` : null,
    namespace: server.namespace,
    isPaused: server.isPaused,
    isRemoving: server.isRemoving,
    healthIntervalSeconds: server.healthIntervalSeconds,
    refreshIntervalSeconds: server.refreshIntervalSeconds,
    registeredAt: server.registeredAt,
    observedAt: seen?.resources?.observedAt ?? null,
  };
}

interface Remembered {
  readonly seen: ServerObservation | undefined;
  readonly sums: Totals;
  readonly view: Ageless;
}

const cache = new WeakMap<ServerEntry, Remembered>();

function remembered(sight: ServerSight): Remembered {
  const { entry, seen } = sight;
  const known = cache.get(entry);
  if (known && known.seen === seen) return known;
  const accounts = nodeAccounts(entry, seen?.resources ?? null);
  const sums = totals(accounts);
  const made = { seen, sums, view: build(sight, accounts, sums) };
  cache.set(entry, made);
  return made;
}

const agelessView = (sight: ServerSight): Ageless => remembered(sight).view;

/** Does the costly part of a view ahead of time. */
export function prepareServerView(sight: ServerSight): void {
  agelessView(sight);
}

export function ageSeconds(observedAt: string | null, nowMs: number): number | null {
  return observedAt === null ? null : Math.max(0, Math.round((nowMs - Date.parse(observedAt)) / 1000));
}

export function serverView(sight: ServerSight, nowMs: number): ServerDto {
  const view = agelessView(sight);
  return { ...view, ageSeconds: ageSeconds(view.observedAt, nowMs) };
}

const texts = new WeakMap<Ageless, string>();

/** The view as JSON, made once per view; only the age is added per answer. */
export function serverJson(sight: ServerSight, nowMs: number): string {
  const view = agelessView(sight);
  const known = texts.get(view) ?? JSON.stringify(view).slice(0, -1);
  texts.set(view, known);
  return `${known},"ageSeconds":${ageSeconds(view.observedAt, nowMs)}}`;
}

export const serversJson = (sights: readonly ServerSight[], nowMs: number): string =>
  `{"items":[${sights.map((sight) => serverJson(sight, nowMs)).join()}]}`;

/** Every pod that the cluster reports, Berth's and others'. */
export function clusterPodViews({ entry, seen }: ServerSight): ClusterPodDto[] {
  const managed = managedIds(entry);
  return Object.values(seen?.resources?.pods ?? {}).map((pod) => ({
    namespace: pod.namespace,
    name: pod.name,
    nodeName: pod.nodeName,
    phase: pod.isTerminating ? 'Terminating' : pod.phase,
    podId: managed.get(pod.reservationId ?? '') ?? null,
    isOrphan: pod.reservationId !== null && !isManaged(pod, managed),
    amounts: toAmounts(pod.request),
    usage: toUsage(pod.usage),
  }));
}

const IN_TOUCH: ReadonlySet<ServerState> = new Set(['Online', 'Degraded']);

/** Sums over the servers that are in touch; the others are counted, and add nothing. The oldest picture gives the age. */
export function fleetView({ rev, servers, observed }: MasterState, nowMs: number): FleetDto {
  const sights = Object.values(servers).map((entry) => ({ entry, seen: observed[entry.server.id] }));
  const views = sights.map(agelessView);
  const inTouch = sights.filter((sight) => IN_TOUCH.has(agelessView(sight).state));
  const accounts = inTouch.flatMap(({ entry, seen }) => nodeAccounts(entry, seen?.resources ?? null));
  const sums = inTouch.map((sight) => remembered(sight).sums).reduce(addTotals, totals([]));
  const oldest =
    inTouch
      .map(agelessView)
      .flatMap(({ observedAt }) => (observedAt === null ? [] : [observedAt]))
      .sort()[0] ?? null;
  const byState = Object.fromEntries(
    [...Map.groupBy(views, ({ state }) => state)].map(([state, group]) => [state, group.length]),
  );
  return {
    servers: { total: views.length, byState },
    pods: {
      managed: views.reduce((total, { pods }) => total + pods.managed, 0),
      foreign: views.reduce((total, { pods }) => total + pods.foreign, 0),
    },
    nodes: accounts.length,
    capacity: capacityView(sums),
    usage: usageView(accounts, sums),
    revision: rev,
    observedAt: oldest,
    ageSeconds: ageSeconds(oldest, nowMs),
  };
}
