import { randomUUID } from 'node:crypto';
import type { PodEvent, PodInfo } from '../../domain/pod-info.js';
import type { PodOrder } from '../../domain/pod.js';
import type { LifeStep } from './image-life.js';

/** One pod of ours in a pretend cluster. `info` is replaced, never changed. */
export interface SandboxPod {
  readonly order: PodOrder;
  info: PodInfo;
  life: Iterator<LifeStep> | null;
  timer: NodeJS.Timeout | null;
  /** When the container of now and the one before it began; wall clock, milliseconds. */
  startedMs: number | null;
  previous: { readonly startedMs: number; readonly endedMs: number } | null;
}

const iso = (): string => new Date().toISOString();

export function pendingPod(order: PodOrder): SandboxPod {
  const { reference, amounts, spec } = order;
  const uid = randomUUID();
  const info: PodInfo = {
    uid,
    namespace: reference.namespace,
    name: `${reference.objectName}-${uid.slice(0, 5)}`,
    nodeName: null,
    reservationId: reference.reservationId,
    phase: 'Pending',
    isReady: false,
    isTerminating: false,
    isUnschedulable: false,
    request: { ...amounts, podCount: 1 },
    containers: [
      {
        name: 'main',
        image: spec.image,
        state: 'waiting',
        reason: '',
        message: '',
        exitCode: null,
        restartCount: 0,
        lastTermination: null,
      },
    ],
    failure: null,
    createdAt: iso(),
    startedAt: null,
    usage: null,
  };
  return { order, info, life: null, timer: null, startedMs: null, previous: null };
}

/** The pod after a step of its container's life. */
export function lived(pod: SandboxPod, step: LifeStep): PodInfo {
  const { info } = pod;
  const isRunning = step.container.state === 'running';
  const finishedAt = pod.previous ? new Date(pod.previous.endedMs).toISOString() : null;
  return {
    ...info,
    phase: step.phase,
    isReady: isRunning,
    containers: info.containers.map((each) => ({
      ...each,
      ...step.container,
      lastTermination: step.ended && { ...step.ended, finishedAt },
    })),
    failure: step.failure,
    startedAt: isRunning && pod.startedMs !== null ? new Date(pod.startedMs).toISOString() : info.startedAt,
  };
}

/** The events of one object, repeated ones counted, oldest first. */
export class EventBook {
  readonly #events = new Map<string, PodEvent>();

  add(object: string, told: Pick<PodEvent, 'type' | 'reason' | 'message'>): void {
    const key = `${object}\0${told.reason}\0${told.message}`;
    const known = this.#events.get(key);
    const at = iso();
    this.#events.set(key, {
      ...told,
      object,
      count: (known?.count ?? 0) + 1,
      firstAt: known?.firstAt ?? at,
      lastAt: at,
    });
  }

  list(): PodEvent[] {
    return [...this.#events.values()];
  }
}
