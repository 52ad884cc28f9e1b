import type { MasterState, ServerEntry } from '../domain/master-state.js';
import type { PodInfo } from '../domain/pod-info.js';
import type { PodRecord } from '../domain/pod.js';
import { currentPod, podStatus } from '../domain/pod-status.js';
import type { ServerObservation } from '../domain/server.js';

/** One server as it was at one moment. Immutable, so what did not change is the same object. */
export interface ServerMoment {
  readonly entry: ServerEntry;
  readonly seen: ServerObservation | undefined;
}

export function momentOf({ servers, observed }: MasterState, serverId: string): ServerMoment | null {
  const entry = Object.hasOwn(servers, serverId) ? servers[serverId] : undefined;
  return entry ? { entry, seen: observed[serverId] } : null;
}

/** How soon a change should be told: what somebody did, before what was seen, before what only moves on with time and use. */
export const URGENCIES = ['done', 'seen', 'aged'] as const;
export type Urgency = (typeof URGENCIES)[number];

export interface PodDifference {
  /** Pods with a record whose view may differ, by id. */
  readonly told: ReadonlyMap<string, Urgency>;
  /** Pods with a record that went. */
  readonly removed: readonly string[];
  /** How pods, managed or foreign, differ by more than their use; null: they do not. */
  readonly hint: Exclude<Urgency, 'aged'> | null;
}

/** Whether two reports of a pod differ in nothing but its use. */
function isSameButUse(a: PodInfo, b: PodInfo): boolean {
  return Object.entries(b).every(([key, value]) => key === 'usage' || Reflect.get(a, key) === value);
}

/** A pod that failed a while ago counts as well again by the clock alone. */
function hasStatusMoved(record: PodRecord, info: PodInfo | null, before: string | null, now: string | null): boolean {
  if (!info?.containers.some(({ lastTermination }) => lastTermination !== null)) return false;
  return podStatus(record, info, before).state !== podStatus(record, info, now).state;
}

function recordDifference(before: ServerMoment | null, now: ServerMoment, told: Map<string, Urgency>): string[] {
  const pods = before?.entry.pods ?? {};
  if (pods === now.entry.pods) return [];
  for (const [id, record] of Object.entries(now.entry.pods)) if (pods[id] !== record) told.set(id, 'done');
  return Object.keys(pods).filter((id) => !Object.hasOwn(now.entry.pods, id));
}

function hasForeignMoved(before: ServerMoment | null, now: ServerMoment): boolean {
  const older = before?.seen?.resources?.pods ?? {};
  const newer = now.seen?.resources?.pods ?? {};
  if (older === newer) return false;
  const [was, is] = [Object.values(older), Object.values(newer)];
  if (was.length !== is.length) return true;
  // Pods keep their places while none comes or goes, so that comparing them costs no search.
  return is.some((pod, index) => {
    const before = was[index];
    if (before === pod) return false;
    const same = before?.uid === pod.uid ? before : older[pod.uid];
    return !same || !isSameButUse(same, pod);
  });
}

/** What became of a server's pods. Costs comparisons of references, a few per pod. */
export function podDifference(before: ServerMoment | null, now: ServerMoment): PodDifference {
  const told = new Map<string, Urgency>();
  const removed = recordDifference(before, now, told);
  const hint = told.size > 0 || removed.length > 0 ? 'done' : hasForeignMoved(before, now) ? 'seen' : null;
  const isRenamed = before !== null && before.entry.server !== now.entry.server;
  const [was, is] = [before?.seen?.resources ?? null, now.seen?.resources ?? null];
  if (was === is && !isRenamed) return { told, removed, hint };
  for (const [id, record] of Object.entries(now.entry.pods)) {
    if (told.has(id)) continue;
    const [older, newer] = [currentPod(record.reservation.id, was), currentPod(record.reservation.id, is)];
    if (older === newer) {
      const at = [was?.observedAt ?? null, is?.observedAt ?? null] as const;
      if (isRenamed || hasStatusMoved(record, newer, ...at)) told.set(id, 'seen');
    } else told.set(id, older && newer && isSameButUse(older, newer) ? 'aged' : 'seen');
  }
  return { told, removed, hint };
}

/** How a server differs; null when it does not. */
export function serverDifference(before: ServerMoment | null, now: ServerMoment): Urgency | null {
  if (!before || before.entry !== now.entry) return 'done';
  const [was, is] = [before.seen, now.seen];
  if (was === is) return null;
  if (!was || !is || was.status !== is.status) return 'done';
  const isAged =
    was.facts === is.facts &&
    was.checkedAt === is.checkedAt &&
    was.refreshError === is.refreshError &&
    was.resources?.nodes === is.resources?.nodes &&
    was.resources?.pods === is.resources?.pods;
  return isAged ? 'aged' : 'seen';
}
