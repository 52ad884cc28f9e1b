/** What a user sees of a pod: the reservation's state and the cluster's report in one word and one sentence. Pure. */
import { type ContainerInfo, type FailureReason, isLive, type PodInfo } from './pod-info.js';
import type { PodRecord } from './pod.js';
import type { Reservation } from './reservation.js';
import type { ServerResources } from './server.js';

export const POD_STATES = [
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
] as const;
export type PodState = (typeof POD_STATES)[number];

export interface PodStatus {
  readonly state: PodState;
  /** A failure reason or an error code; empty when all is well. */
  readonly reason: string;
  readonly message: string;
}

const status = (state: PodState, reason = '', message = ''): PodStatus => ({ state, reason, message });

function released({ code, message }: Reservation): PodStatus {
  if (code === 'CANCELLED') return status('Cancelled', '', message);
  if (code === 'DELETED' || code === 'FORCED') return status('Deleted', code === 'FORCED' ? code : '', message);
  if (code === 'VANISHED') return status('Vanished', code, message);
  return status('Failed', code, message);
}

/** How long a container must stay up after a failure: a minute, or, once it fails again and again, as long as Kubernetes remembers its back-off. */
const recoveryMs = (container: ContainerInfo): number => (container.restartCount > 1 ? 600_000 : 60_000);

/** A container that runs but failed a moment before the picture: between two crashes a pod is not well. */
function relapsing(pod: PodInfo, observedAt: string | null): PodStatus | null {
  for (const container of pod.containers) {
    const { lastTermination: last, name } = container;
    if (
      container.state !== 'running' ||
      !last ||
      last.exitCode === 0 ||
      last.finishedAt === null ||
      observedAt === null
    )
      continue;
    if (Date.parse(observedAt) - Date.parse(last.finishedAt) > recoveryMs(container)) continue;
    const reason: FailureReason = last.reason === 'OOMKilled' ? 'OutOfMemory' : 'CrashLoop';
    return status(
      'Failing',
      reason,
      `${name}: restarted after exit code ${last.exitCode} (${last.reason || 'Error'}).`,
    );
  }
  return null;
}

function reported(pod: PodInfo | null, observedAt: string | null): PodStatus {
  if (pod === null) return status('Starting');
  if (pod.failure) return status('Failing', pod.failure.reason, pod.failure.message);
  const relapse = relapsing(pod, observedAt);
  if (relapse) return relapse;
  if (pod.phase === 'Running' && pod.isReady) return status('Running');
  if (pod.phase === 'Unknown') return status('Unknown', '', 'The cluster has lost contact with the node.');
  const waiting = pod.containers.find((container) => container.state === 'waiting');
  return status('Starting', waiting?.reason ?? '', waiting?.message ?? '');
}

/** A pod that Berth did not launch; only such a one can be Finished. */
export function foreignState(pod: PodInfo): PodState {
  if (pod.phase === 'Succeeded') return 'Finished';
  if (pod.phase === 'Failed') return 'Failed';
  return pod.isTerminating ? 'Stopping' : reported(pod, null).state;
}

/** Why a pod that Berth did not launch is in its state. */
export function foreignStatus(pod: PodInfo): PodStatus {
  const { reason, message } = reported(pod, null);
  return status(foreignState(pod), reason, message);
}

/** Live before ended, staying before leaving, newest first. */
const rank = (pod: PodInfo): string =>
  `${isLive(pod) ? 1 : 0}${pod.isTerminating ? 0 : 1}${pod.createdAt ?? ''}${pod.uid}`;

const indexes = new WeakMap<ServerResources['pods'], ReadonlyMap<string, PodInfo>>();

/** By reservation id, the pod that tells most of it. Remembered per picture of the pods, since pictures are immutable. */
function podsByReservation({ pods }: ServerResources): ReadonlyMap<string, PodInfo> {
  const known = indexes.get(pods);
  if (known) return known;
  const index = new Map<string, PodInfo>();
  for (const pod of Object.values(pods)) {
    if (pod.reservationId === null) continue;
    const best = index.get(pod.reservationId);
    if (best === undefined || rank(pod) > rank(best)) index.set(pod.reservationId, pod);
  }
  indexes.set(pods, index);
  return index;
}

export function currentPod(reservationId: string, resources: ServerResources | null): PodInfo | null {
  return resources ? (podsByReservation(resources).get(reservationId) ?? null) : null;
}

/** `info` is the pod's `currentPod`; `observedAt` the instant of the picture that shows it. */
export function podStatus(pod: PodRecord, info: PodInfo | null, observedAt: string | null): PodStatus {
  const { reservation } = pod;
  switch (reservation.state) {
    case 'Held':
      return status('Reserved');
    case 'Creating':
      return status('Creating', reservation.code, reservation.message);
    case 'Bound':
      return reported(info, observedAt);
    case 'Releasing':
      return status(
        'Stopping',
        reservation.code === 'DELETED' || reservation.code === 'CANCELLED' ? '' : reservation.code,
        reservation.message,
      );
    case 'Released':
      return released(reservation);
  }
}

/** The status as the picture of the pod's server tells it. */
export function statusOf(pod: PodRecord, resources: ServerResources | null): PodStatus {
  return podStatus(pod, currentPod(pod.reservation.id, resources), resources?.observedAt ?? null);
}
