/** What of the fleet is shown, and in which order. Kept in the address, so that a view can be bookmarked and sent to others. */
import type { Params } from '@angular/router';
import { type Resource, RESOURCES } from '../ui/amount-format';

export const SORT_KEYS = [
  'name',
  'state',
  'cpus',
  'memoryGiB',
  'storageGiB',
  'gpus',
  'pods',
  'location',
  'age',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface FleetQuery {
  readonly text: string;
  /** Any of them; empty: all. */
  readonly states: readonly string[];
  /** All of them. */
  readonly tags: readonly string[];
  readonly location: string;
  /** At least this much must be free; 0: it does not matter. */
  readonly minFree: Readonly<Record<Resource, number>>;
  readonly sort: SortKey;
  readonly isDescending: boolean;
}

export const NO_MINIMUM: FleetQuery['minFree'] = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };
export const EVERYTHING: FleetQuery = {
  text: '',
  states: [],
  tags: [],
  location: '',
  minFree: NO_MINIMUM,
  sort: 'name',
  isDescending: false,
};

const PARAMETER: Readonly<Record<Resource, string>> = {
  cpus: 'cpus',
  memoryGiB: 'memory',
  storageGiB: 'storage',
  gpus: 'gpus',
};

const words = (text: string | null): string[] => (text ?? '').split(',').filter((word) => word !== '');
const amount = (text: string | null): number => {
  const value = Number(text ?? '0');
  return Number.isFinite(value) && value > 0 ? value : 0;
};

/** Whatever the address says that makes no sense is left out. */
export function readQuery(get: (name: string) => string | null): FleetQuery {
  const sort = get('sort') ?? '';
  return {
    text: get('q') ?? '',
    states: words(get('state')),
    tags: words(get('tag')),
    location: get('place') ?? '',
    minFree: {
      cpus: amount(get('cpus')),
      memoryGiB: amount(get('memory')),
      storageGiB: amount(get('storage')),
      gpus: amount(get('gpus')),
    },
    sort: SORT_KEYS.find((key) => key === sort.replace(/^-/, '')) ?? 'name',
    isDescending: sort.startsWith('-'),
  };
}

/** What differs from `EVERYTHING`; null takes a parameter away. */
export function writeQuery(query: FleetQuery): Params {
  const sort = `${query.isDescending ? '-' : ''}${query.sort}`;
  const amounts = RESOURCES.map((resource) => [PARAMETER[resource], query.minFree[resource] || null] as const);
  return {
    q: query.text || null,
    state: query.states.join(',') || null,
    tag: query.tags.join(',') || null,
    place: query.location || null,
    ...Object.fromEntries(amounts),
    sort: sort === 'name' ? null : sort,
  };
}

export function isFiltered(query: FleetQuery): boolean {
  const { text, states, tags, location, minFree } = query;
  return (
    text.trim() !== '' ||
    states.length > 0 ||
    tags.length > 0 ||
    location !== '' ||
    RESOURCES.some((resource) => minFree[resource] > 0)
  );
}

/** The order in which a column is first sorted: most free first, names from A. */
export const isDescendingFirst = (sort: SortKey): boolean =>
  sort === 'pods' || RESOURCES.some((resource) => resource === sort);
