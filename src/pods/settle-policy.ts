/** What an unsettled pod needs next. Pure: the settler only carries it out. */
import type { PodRecord } from '../domain/pod.js';
import { currentPod } from '../domain/pod-status.js';
import { isLive } from '../domain/pod-info.js';
import type { ServerRecord, ServerObservation } from '../domain/server.js';

export type Step = 'create' | 'remove' | 'verify' | 'none';

/** A Bound pod must have been missing from the picture this long before the cluster is asked about it. */
const MISSING_MS = 5_000;

/** Bound, and the picture is young enough to show it, yet does not. */
function isMissing(pod: PodRecord, seen: ServerObservation | undefined): boolean {
  const resources = seen?.resources;
  if (!resources) return false;
  const info = currentPod(pod.reservation.id, resources);
  if (info && isLive(info)) return false;
  return Date.parse(resources.observedAt) - Date.parse(pod.reservation.changedAt) > MISSING_MS;
}

export function nextStep(pod: PodRecord, seen: ServerObservation | undefined): Step {
  switch (pod.reservation.state) {
    case 'Held':
    case 'Creating':
      return 'create';
    case 'Releasing':
      return 'remove';
    case 'Bound':
      return isMissing(pod, seen) || pod.reservation.missingCount > 0 ? 'verify' : 'none';
    case 'Released':
      return 'none';
  }
}

/**
 * Whether the cluster may be asked at all. A paused server is left alone; an offline one is left to the health monitor; and another
 * cluster at the same address must not free what was booked on the registered one.
 */
export function mayCall(server: ServerRecord, seen: ServerObservation | undefined): boolean {
  if (server.isPaused) return false;
  if (!seen || seen.status.state === 'Offline' || seen.status.state === 'HostKeyChanged') return false;
  return (
    server.clusterUid === '' ||
    !seen.facts ||
    seen.facts.clusterUid === '' ||
    seen.facts.clusterUid === server.clusterUid
  );
}

/** Milliseconds before step number `attempt` (from 0) of the same kind. */
export function delayMs(step: Step, attempt: number, slowestMs: number): number {
  const first = step === 'create' ? 500 : step === 'verify' ? slowestMs : 200;
  return Math.min(first * 2 ** Math.min(attempt, 10), step === 'create' ? 15_000 : Math.max(slowestMs, first));
}
