import { statusOf } from '../domain/pod-status.js';
import { isOpen } from '../domain/reservation.js';
import type { PodListQuery } from './pod-query.dto.js';
import type { PodSight } from './pod-manager.js';

const DEFAULT_LIMIT = 100;

/** Newest first; the cursor is the last item of the page before. */
const orderOf = ({ pod }: PodSight): string => `${pod.launchedAt}_${pod.id}`;

function matches({ pod, seen }: PodSight, query: PodListQuery): boolean {
  if (query.serverId !== undefined && pod.serverId !== query.serverId) return false;
  const isWanted =
    query.state !== undefined ||
    query.finished === true ||
    isOpen(pod.reservation) ||
    pod.reservation.code !== 'DELETED';
  if (!isWanted) return false;
  const text = query.search?.toLowerCase() ?? '';
  if (!`${pod.name} ${pod.spec.image}`.toLowerCase().includes(text)) return false;
  if (query.state === undefined) return true;
  return statusOf(pod, seen?.resources ?? null).state === query.state;
}

export interface PodPage {
  readonly items: readonly PodSight[];
  readonly total: number;
  readonly nextCursor: string | null;
}

/** Deleted pods are left out unless asked for; those that failed stay in sight until they are dropped. */
export function pageOf(pods: readonly PodSight[], query: PodListQuery): PodPage {
  const all = pods.filter((sight) => matches(sight, query)).sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
  const { cursor } = query;
  const rest = cursor === undefined ? all : all.filter((sight) => orderOf(sight) < cursor);
  const items = rest.slice(0, query.limit ?? DEFAULT_LIMIT);
  const last = items.at(-1);
  return { items, total: all.length, nextCursor: last && rest.length > items.length ? orderOf(last) : null };
}
