import type { Usage } from './node.js';
import type { ResourceVector } from './resources.js';

/** Why a pod does not run, in the words of the field. */
export const FAILURE_REASONS = [
  'ImagePullFailed',
  'CrashLoop',
  'OutOfMemory',
  'Unschedulable',
  'ConfigurationError',
  'Evicted',
  'Exited',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

export interface PodFailure {
  readonly reason: FailureReason;
  /** What the cluster said, for people to read. Never trusted as anything but text. */
  readonly message: string;
}

export interface ContainerInfo {
  readonly name: string;
  readonly image: string;
  readonly state: 'waiting' | 'running' | 'terminated';
  /** The cluster's own reason, e.g. `ImagePullBackOff`, `OOMKilled`; empty when it gives none. */
  readonly reason: string;
  readonly message: string;
  readonly exitCode: number | null;
  readonly restartCount: number;
  readonly lastTermination: {
    readonly reason: string;
    readonly exitCode: number;
    readonly finishedAt: string | null;
  } | null;
}

/** One pod that a cluster reports, standardized; managed by Berth or foreign. Instants are ISO strings. */
export interface PodInfo {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Null until the scheduler has chosen. */
  readonly nodeName: string | null;
  /** The value of its `berth.dev/reservation` label; null on a foreign pod. */
  readonly reservationId: string | null;
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';
  readonly isReady: boolean;
  readonly isTerminating: boolean;
  /** The scheduler has said that the pod fits nowhere now. */
  readonly isUnschedulable: boolean;
  /** The effective request by the upstream formula, with podCount 1. */
  readonly request: ResourceVector;
  readonly containers: readonly ContainerInfo[];
  readonly failure: PodFailure | null;
  readonly createdAt: string | null;
  readonly startedAt: string | null;
  readonly usage: Usage | null;
}

/** Whether the pod still holds its request: exactly what the scheduler counts (terminating pods count until they are gone). */
export function isLive(pod: PodInfo): boolean {
  return pod.phase !== 'Succeeded' && pod.phase !== 'Failed';
}

/** One line of a pod's history on its cluster. `count`: how often it happened; instants ISO. */
export interface PodEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** What it is about, e.g. `Pod/web-3f2a-xyz`. */
  readonly object: string;
}
