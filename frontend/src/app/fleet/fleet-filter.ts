/** Filter and order of servers: pure, over plain arrays, one pass each. */
import type { ServerDto } from '../api/models/server-dto';
import { RESOURCES } from '../ui/amount-format';
import type { FleetQuery, SortKey } from './fleet-query';

/** The worst first: this is what one looks for. */
const STATE_ORDER: readonly string[] = ['HostKeyChanged', 'Offline', 'Degraded', 'Connecting', 'Paused', 'Online'];

export function filterServers(servers: readonly ServerDto[], query: FleetQuery): ServerDto[] {
  const words = query.text.toLowerCase().split(/\s+/).filter(Boolean);
  const needed = RESOURCES.filter((resource) => query.minFree[resource] > 0);
  return servers.filter((server) => {
    if (query.states.length > 0 && !query.states.includes(server.state)) return false;
    if (query.location !== '' && server.location !== query.location) return false;
    if (!query.tags.every((tag) => server.tags.includes(tag))) return false;
    if (!needed.every((resource) => server.capacity.available[resource] >= query.minFree[resource])) return false;
    if (words.length === 0) return true;
    const place = searchable(server);
    return words.every((word) => place.includes(word));
  });
}

const searchableOf = new WeakMap<ServerDto, string>();

/** A server's words; remembered, since each letter that is typed asks for those of every server. */
function searchable(server: ServerDto): string {
  const known = searchableOf.get(server);
  if (known !== undefined) return known;
  const { name, location, connection, state, tags, message } = server;
  const text = [name, location, connection.address, state, message, ...tags].join('\n').toLowerCase();
  searchableOf.set(server, text);
  return text;
}

const names = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Where each name stands among all: comparing names as people do is slow, and they seldom change. */
export type NameRanks = ReadonlyMap<string, number>;

export function rankNames(all: readonly string[]): NameRanks {
  const ranks = new Map<string, number>();
  let rank = 0;
  let before: string | null = null;
  for (const name of [...new Set(all)].sort(names.compare)) {
    if (before !== null && names.compare(before, name) !== 0) rank += 1;
    ranks.set(name, rank);
    before = name;
  }
  return ranks;
}

/** Equal ones by name, and those by id: the order never jumps. */
export function sortServers(
  servers: readonly ServerDto[],
  sort: SortKey,
  isDescending: boolean,
  ranks: NameRanks = rankNames(servers.map(({ name }) => name)),
): ServerDto[] {
  const byName: Order = (a, b) => (ranks.get(a.name) ?? 0) - (ranks.get(b.name) ?? 0);
  const order = sort === 'name' ? byName : ORDERS[sort];
  const sign = isDescending ? -1 : 1;
  return [...servers].sort((a, b) => sign * order(a, b) || byName(a, b) || compareTexts(a.id, b.id));
}

type Order = (a: ServerDto, b: ServerDto) => number;

/** By code units, as ids and instants are. */
const compareTexts = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const free =
  (resource: 'cpus' | 'memoryGiB' | 'storageGiB' | 'gpus'): Order =>
  (a, b) =>
    a.capacity.available[resource] - b.capacity.available[resource];

const ORDERS: Readonly<Record<Exclude<SortKey, 'name'>, Order>> = {
  state: (a, b) => STATE_ORDER.indexOf(a.state) - STATE_ORDER.indexOf(b.state),
  cpus: free('cpus'),
  memoryGiB: free('memoryGiB'),
  storageGiB: free('storageGiB'),
  gpus: free('gpus'),
  pods: (a, b) => a.pods.managed - b.pods.managed || a.pods.foreign - b.pods.foreign,
  location: (a, b) => names.compare(a.location, b.location),
  // The youngest picture first, what was never seen last.
  age: (a, b) => compareTexts(b.observedAt ?? '', a.observedAt ?? ''),
};

/** Every tag and place that is in use, by name. */
export function tagsOf(servers: readonly ServerDto[]): string[] {
  return [...new Set(servers.flatMap(({ tags }) => tags))].sort(names.compare);
}

export function locationsOf(servers: readonly ServerDto[]): string[] {
  return [...new Set(servers.map(({ location }) => location).filter(Boolean))].sort(names.compare);
}

/** ISO instant of the oldest picture; null when there is none. */
export function oldestPicture(servers: readonly ServerDto[]): string | null {
  let oldest: string | null = null;
  for (const { observedAt } of servers) {
    if (observedAt !== null && (oldest === null || observedAt < oldest)) oldest = observedAt;
  }
  return oldest;
}
