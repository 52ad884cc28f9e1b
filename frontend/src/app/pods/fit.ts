/**
 * Where a pod of a given shape would fit, computed from the servers as this page knows them. Pure.
 * The rule is the server's own (src/domain/placement.ts): one node must hold all of it; a closed node and a server that is not in touch
 * offer nothing; the node with the least left over is best. Berth decides when it reserves: this is what it would say now.
 */
import type { AmountsDto } from '../api/models/amounts-dto';
import type { NodeDto } from '../api/models/node-dto';
import type { ServerDto } from '../api/models/server-dto';
import { type Resource, RESOURCES } from '../ui/amount-format';
import { statusWords } from '../ui/status-words';

/** Capacity seen longer ago than this is unknown (`pods.maxCapacityAgeSeconds` of an ordinary Berth). */
const TRUSTED_MS = 300_000;
/** Wire amounts are rounded: half of the smallest step is no difference. */
const EPSILON = 5e-7;

export interface Spot {
  readonly server: ServerDto;
  readonly node: NodeDto;
  /** What a new pod may take here. */
  readonly available: AmountsDto;
  /** Why it takes no pods, about the server or the node; null when it does. */
  readonly closedReason: string | null;
}

export interface Missing {
  readonly resource: Resource;
  readonly asked: number;
  readonly available: number;
  readonly missing: number;
}

const NOTHING: AmountsDto = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };

/** Why a server takes no launches now; null when it does. */
export function closedServer(server: ServerDto, nowMs: number): string | null {
  if (server.isPaused) return 'paused';
  if (server.isRemoving) return 'being removed';
  if (server.observedAt === null) return 'not seen yet';
  if (server.state !== 'Online' && server.state !== 'Degraded') return statusWords(server.state).label.toLowerCase();
  return nowMs - Date.parse(server.observedAt) > TRUSTED_MS ? 'its numbers are too old' : null;
}

/** Every node of these servers, open or not. A server without nodes has none. */
export function spotsOf(servers: readonly ServerDto[], nowMs: number): Spot[] {
  return servers.flatMap((server) => {
    const closed = closedServer(server, nowMs);
    return server.nodes.map((node) => {
      const closedReason = closed ?? node.closedReason;
      return { server, node, closedReason, available: closedReason === null ? node.capacity.available : NOTHING };
    });
  });
}

/** Which resources are missing here for this shape. A resource that is not asked for may be overcommitted. */
export function missingAt(asked: AmountsDto, { available }: Spot): Missing[] {
  return RESOURCES.filter((resource) => asked[resource] > 0 && asked[resource] > available[resource] + EPSILON).map(
    (resource) => ({
      resource,
      asked: asked[resource],
      available: available[resource],
      missing: asked[resource] - available[resource],
    }),
  );
}

const isFit = (asked: AmountsDto, spot: Spot): boolean =>
  spot.closedReason === null &&
  RESOURCES.every((resource) => asked[resource] === 0 || asked[resource] <= spot.available[resource] + EPSILON);

/** 0 when nothing would be left, 1 per resource that would be left untouched. */
function leftover(asked: AmountsDto, { node, available }: Spot): number {
  return RESOURCES.filter((resource) => node.capacity.allocatable[resource] > 0)
    .map((resource) => (available[resource] - asked[resource]) / node.capacity.allocatable[resource])
    .reduce((total, share) => total + share, 0);
}

const identity = ({ server, node }: Spot): string => `${server.name}/${node.name}`;
const byIdentity = (a: Spot, b: Spot): number => (identity(a) < identity(b) ? -1 : 1);

/** The spots that hold the shape, best first. */
export function fitting(asked: AmountsDto, spots: readonly Spot[]): Spot[] {
  return spots
    .filter((spot) => isFit(asked, spot))
    .map((spot) => ({ spot, left: leftover(asked, spot) }))
    .sort((a, b) => a.left - b.left || byIdentity(a.spot, b.spot))
    .map(({ spot }) => spot);
}

export interface Miss {
  readonly spot: Spot;
  readonly missing: readonly Missing[];
}

/** The open spots that do not hold it, nearest first: fewest resources short, then the smallest part missing. */
export function nearMisses(asked: AmountsDto, spots: readonly Spot[], limit: number): Miss[] {
  const worst = ({ missing }: Miss): number => Math.max(0, ...missing.map((each) => each.missing / each.asked));
  return spots
    .filter((spot) => spot.closedReason === null && !isFit(asked, spot))
    .map((spot) => ({ spot, missing: missingAt(asked, spot) }))
    .sort((a, b) => a.missing.length - b.missing.length || worst(a) - worst(b) || byIdentity(a.spot, b.spot))
    .slice(0, limit);
}

/** The most of each resource that one open node has, whatever else is asked for. */
export function mostFree(spots: readonly Spot[]): AmountsDto {
  const most = (resource: Resource): number => spots.reduce((max, spot) => Math.max(max, spot.available[resource]), 0);
  return { cpus: most('cpus'), memoryGiB: most('memoryGiB'), storageGiB: most('storageGiB'), gpus: most('gpus') };
}

/** The most of one resource that a node has which also holds the rest of the shape; null when no node holds the rest. */
export function reach(resource: Resource, asked: AmountsDto, spots: readonly Spot[]): number | null {
  const rest = { ...asked, [resource]: 0 };
  const rooms = spots.filter((spot) => isFit(rest, spot)).map((spot) => spot.available[resource]);
  return rooms.length > 0 ? Math.max(...rooms) : null;
}

/** Downwards to a number that people would type, and never above what there is. */
export function floorAmount(resource: Resource, value: number): number {
  if (resource === 'gpus') return Math.floor(value);
  const step = value >= 10 ? 10 : value >= 0.01 ? 100 : 1_000;
  return Math.floor(value * step + EPSILON) / step;
}

/** The shape nearest to the asked one that `available` holds; null when nothing useful is left of it. */
export function smallerShape(asked: AmountsDto, available: AmountsDto): AmountsDto | null {
  const cut = (resource: Resource): number =>
    asked[resource] <= available[resource] ? asked[resource] : floorAmount(resource, available[resource]);
  const shape = { cpus: cut('cpus'), memoryGiB: cut('memoryGiB'), storageGiB: cut('storageGiB'), gpus: cut('gpus') };
  const isUseless = RESOURCES.some((resource) => asked[resource] > 0 && shape[resource] <= 0);
  return isUseless ? null : shape;
}
