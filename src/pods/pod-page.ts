/**
 * One page of pods, of Berth and of others, out of a snapshot. Pure.
 *
 * Promises: following `nextCursor` shows every pod that stays, once, whatever comes and goes meanwhile.
 * Concurrency: none; one pass over the pods, without a copy of any, since a fleet may have a hundred thousand.
 */
import type { MasterState, ServerEntry } from '../domain/master-state.js';
import { isLive, type PodInfo } from '../domain/pod-info.js';
import type { PodRecord } from '../domain/pod.js';
import { foreignState, type PodState, statusOf } from '../domain/pod-status.js';
import { isOpen } from '../domain/reservation.js';
import type { ServerObservation, ServerRecord, ServerResources } from '../domain/server.js';
import { FirstFew } from './first-few.js';
import { comparePlaces, compareValues, type Place, readCursor, type SortValue, writeCursor } from './pod-cursor.js';
import type { PodListQuery, PodSort } from './pod-list.dto.js';

const DEFAULT_LIMIT = 100;
const LARGEST_FIRST: ReadonlySet<PodSort> = new Set(['created', 'cpus', 'memory']);

/** What the query asks for, as plain values. */
export type PodListing = Pick<PodListQuery, keyof PodListQuery>;

/** A pod somewhere: Berth's by its record, or another's by the report of its cluster. */
export interface PodSpot {
  readonly server: ServerRecord;
  readonly seen: ServerObservation | undefined;
  readonly record: PodRecord | null;
  readonly info: PodInfo | null;
}

export interface PodPage {
  readonly items: readonly PodSpot[];
  readonly total: number;
  readonly nextCursor: string | null;
}

type Found = PodSpot & Place;

export const keyOf = ({ record, server, info }: PodSpot): string => record?.id ?? `${server.id}/${info?.uid ?? ''}`;

function stateOf({ record, info, seen }: PodSpot): PodState {
  if (record) return statusOf(record, seen?.resources ?? null).state;
  return info ? foreignState(info) : 'Unknown';
}

function valueOf(spot: PodSpot, sort: PodSort): SortValue {
  const { record, info, server } = spot;
  const amounts = record?.reservation.amounts ?? info?.request;
  switch (sort) {
    case 'created':
      return record?.launchedAt ?? info?.createdAt ?? '';
    case 'name':
      return record?.name ?? info?.name ?? '';
    case 'state':
      return stateOf(spot);
    case 'server':
      return server.name;
    case 'cpus':
      return amounts?.cpuMilli ?? 0;
    case 'memory':
      return amounts?.memoryBytes ?? 0;
  }
}

/** Deleted pods are left out unless asked for; those that failed stay in sight until they are dropped. */
function isWanted({ record, info }: PodSpot, query: PodListing): boolean {
  if (query.state !== undefined || query.finished === true) return true;
  if (record) return isOpen(record.reservation) || record.reservation.code !== 'DELETED';
  return info !== null && isLive(info);
}

function isFound({ record, info }: PodSpot, text: string): boolean {
  if (text === '') return true;
  if (record) return `${record.name} ${record.spec.image}`.toLowerCase().includes(text);
  // Kubernetes knows only lower-case names; images are short and few.
  if (!info) return false;
  if (info.name.includes(text) || info.namespace.includes(text)) return true;
  return info.containers.some(({ image }) => image.toLowerCase().includes(text));
}

interface Lists {
  readonly records: readonly PodRecord[];
  /** Reports that belong to no open pod of Berth's. */
  readonly foreign: readonly PodInfo[];
}

const lists = new WeakMap<
  ServerEntry['pods'],
  { readonly of: ServerResources['pods'] | null; readonly lists: Lists }
>();

/** A server's pods as lists, remembered: walking an object of a hundred keys costs more than all the rest. */
function listsOf({ pods }: ServerEntry, reported: ServerResources['pods'] | null): Lists {
  const known = lists.get(pods);
  if (known && known.of === reported) return known.lists;
  const records = known?.lists.records ?? Object.values(pods);
  const ours = new Set(records.flatMap(({ reservation }) => (isOpen(reservation) ? [reservation.id] : [])));
  const foreign = Object.values(reported ?? {}).filter(
    ({ reservationId }) => reservationId === null || !ours.has(reservationId),
  );
  const made = { records, foreign };
  lists.set(pods, { of: reported, lists: made });
  return made;
}

function eachSpot({ servers, observed }: MasterState, query: PodListing, visit: (spot: PodSpot) => void): void {
  const { serverId, scope = 'managed' } = query;
  for (const entry of Object.values(servers)) {
    const { server } = entry;
    if (serverId !== undefined && server.id !== serverId) continue;
    const seen = observed[server.id];
    const resources = seen?.resources ?? null;
    const { records, foreign } = listsOf(entry, resources?.pods ?? null);
    if (scope !== 'foreign') for (const record of records) visit({ server, seen, record, info: null });
    if (scope !== 'managed') for (const info of foreign) visit({ server, seen, record: null, info });
  }
}

export function pageOf(state: MasterState, query: PodListing): PodPage {
  const sort = query.sort ?? 'created';
  const direction = (query.order ?? (LARGEST_FIRST.has(sort) ? 'desc' : 'asc')) === 'desc' ? -1 : 1;
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? null : readCursor(sort, query.cursor);
  const text = query.search?.toLowerCase() ?? '';
  const compare = (a: Place, b: Place): number => direction * comparePlaces(a, b);
  // One more than the page, to know whether there is another.
  const first = new FirstFew<Found>(limit + 1, compare);
  let total = 0;
  eachSpot(state, query, (spot) => {
    if (!isWanted(spot, query) || !isFound(spot, text)) return;
    if (query.state !== undefined && stateOf(spot) !== query.state) return;
    total += 1;
    const value = valueOf(spot, sort);
    // Most are beyond the page by their value alone; only for the others a key is made.
    const last = first.last();
    if (last && direction * compareValues(value, last.value) > 0) return;
    if (after && direction * compareValues(value, after.value) < 0) return;
    const found = { ...spot, value, key: keyOf(spot) };
    if (after === null || compare(after, found) < 0) first.add(found);
  });
  const items = first.list().slice(0, limit);
  const last = items.at(-1);
  return { items, total, nextCursor: last && first.list().length > limit ? writeCursor(sort, last) : null };
}
