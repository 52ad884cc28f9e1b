import type { PodInfo } from '../../domain/pod-info.js';

export interface OthersPod extends Pick<PodInfo, 'uid' | 'namespace' | 'name' | 'request'> {
  readonly nodeName: string;
  /** Names its container and its image. */
  readonly work: string;
  readonly startedAt: string;
}

/** A pod of somebody else that runs well. */
export function othersPod({ uid, namespace, name, nodeName, request, work, startedAt }: OthersPod): PodInfo {
  return {
    uid,
    namespace,
    name,
    nodeName,
    reservationId: null,
    phase: 'Running',
    isReady: true,
    isTerminating: false,
    isUnschedulable: false,
    request,
    containers: [
      {
        name: work,
        image: `registry.example/${work}:1`,
        state: 'running',
        reason: '',
        message: '',
        exitCode: null,
        restartCount: 0,
        lastTermination: null,
      },
    ],
    failure: null,
    createdAt: startedAt,
    startedAt,
    usage: null,
  };
}

/** Five characters, as Kubernetes puts them behind names; takes one random number. */
export function nameSuffix(random: () => number): string {
  return Math.floor(random() * 36 ** 5)
    .toString(36)
    .padStart(5, '0');
}
