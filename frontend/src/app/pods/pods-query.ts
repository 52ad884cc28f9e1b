/** What the pods page shows, as its address says it. Pure. */
import type { ListPods$Params } from '../api/fn/pods/list-pods';
import type { PodRowDto } from '../api/models/pod-row-dto';

export type PodState = PodRowDto['state'];
export type PodScope = NonNullable<ListPods$Params['scope']>;
export type PodSort = NonNullable<ListPods$Params['sort']>;
export type PodOrder = NonNullable<ListPods$Params['order']>;

export const POD_SCOPES: readonly PodScope[] = ['managed', 'foreign', 'all'];
const POD_SORTS: readonly PodSort[] = ['created', 'name', 'state', 'server', 'cpus', 'memory'];
const POD_ORDERS: readonly PodOrder[] = ['asc', 'desc'];
const LARGEST_FIRST: ReadonlySet<PodSort> = new Set(['created', 'cpus', 'memory']);

export const POD_STATES: readonly PodState[] = [
  'Reserved',
  'Creating',
  'Starting',
  'Running',
  'Failing',
  'Unknown',
  'Stopping',
  'Deleted',
  'Cancelled',
  'Vanished',
  'Failed',
  'Finished',
];

export const PAGE_SIZE = 50;

/** Empty texts are left out of the address. */
export interface PodsQuery {
  readonly search: string;
  readonly state: PodState | '';
  readonly server: string;
  readonly scope: PodScope;
  readonly sort: PodSort;
  readonly order: PodOrder;
  /** Also pods that are over. */
  readonly isFinishedShown: boolean;
  readonly cursor: string;
}

/** From the parts of the address; what is no known value is left out. */
export function podsQuery(parts: {
  readonly q?: string | undefined;
  readonly state?: string | undefined;
  readonly server?: string | undefined;
  readonly scope?: string | undefined;
  readonly sort?: string | undefined;
  readonly order?: string | undefined;
  readonly over?: string | undefined;
  readonly cursor?: string | undefined;
}): PodsQuery {
  const sort = POD_SORTS.find((each) => each === parts.sort) ?? 'created';
  const order = POD_ORDERS.find((each) => each === parts.order);
  return {
    search: parts.q ?? '',
    state: POD_STATES.find((state) => state === parts.state) ?? '',
    server: parts.server ?? '',
    scope: POD_SCOPES.find((each) => each === parts.scope) ?? 'managed',
    sort,
    order: order ?? naturalOrder(sort),
    isFinishedShown: parts.over === 'true',
    cursor: parts.cursor ?? '',
  };
}

/** How each column is sorted first: the newest and the largest, words from A. */
export const naturalOrder = (sort: PodSort): PodOrder => (LARGEST_FIRST.has(sort) ? 'desc' : 'asc');

/** For the API. */
export function podsParams({
  search,
  state,
  server,
  scope,
  sort,
  order,
  isFinishedShown,
  cursor,
}: PodsQuery): ListPods$Params {
  return {
    limit: PAGE_SIZE,
    scope,
    sort,
    order,
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(state === '' ? {} : { state }),
    ...(server === '' ? {} : { serverId: server }),
    ...(isFinishedShown ? { finished: true } : {}),
    ...(cursor === '' ? {} : { cursor }),
  };
}

export const hasFilter = ({ search, state, server }: PodsQuery): boolean =>
  search !== '' || state !== '' || server !== '';

/** The cursors of the pages before this one travel with the entry of the browser's history, so that Back and reload keep them. */
export function pagesBefore(historyState: unknown): readonly string[] {
  if (typeof historyState !== 'object' || historyState === null || !('pagesBefore' in historyState)) return [];
  const { pagesBefore } = historyState;
  return Array.isArray(pagesBefore) ? pagesBefore.filter((cursor) => typeof cursor === 'string') : [];
}
