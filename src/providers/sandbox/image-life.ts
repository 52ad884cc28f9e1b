/**
 * What a container does, told by its image's name, so that every fate of a pod can be provoked through Berth's own API:
 * `/missing` cannot be pulled, `/crash` exits again and again, `/oom` is killed for its memory, `/slow` starts late,
 * `/sticky` stops late; everything else starts soon and runs.
 */
import type { ContainerInfo, PodEvent, PodFailure, PodInfo } from '../../domain/pod-info.js';
import type { SandboxTimes } from './sandbox-times.js';

type Told = Pick<PodEvent, 'type' | 'reason' | 'message'>;

/** One step of a container's life, begun `afterMs` after the step before. */
export interface LifeStep {
  readonly afterMs: number;
  readonly phase: PodInfo['phase'];
  readonly container: Pick<ContainerInfo, 'state' | 'reason' | 'message' | 'exitCode' | 'restartCount'>;
  /** Why and how the container before this one ended. */
  readonly ended: { readonly reason: string; readonly exitCode: number } | null;
  readonly failure: PodFailure | null;
  readonly told: readonly Told[];
}

const MOST_RESTART_FACTOR = 30;

const normal = (reason: string, message: string): Told => ({ type: 'Normal', reason, message });
const warning = (reason: string, message: string): Told => ({ type: 'Warning', reason, message });
const container = (
  state: ContainerInfo['state'],
  reason = '',
  restartCount = 0,
  message = '',
): LifeStep['container'] => ({ state, reason, message, exitCode: null, restartCount });

export const isSticky = (image: string): boolean => image.includes('/sticky');

/** The steps after scheduling; of a crashing container there is no last one. */
export function* imageLife(image: string, times: SandboxTimes): Generator<LifeStep, undefined> {
  yield {
    afterMs: 0,
    phase: 'Pending',
    container: container('waiting', 'ContainerCreating'),
    ended: null,
    failure: null,
    told: [normal('Pulling', `Pulling image "${image}"`)],
  };
  if (image.includes('/missing')) yield* neverPulled(image, times);
  else if (image.includes('/crash')) yield* falling(times, 'Error', 1, 'CrashLoop', 'The container exits with code 1.');
  else if (image.includes('/oom')) {
    yield* falling(times, 'OOMKilled', 137, 'OutOfMemory', 'The container took more memory than it reserved.');
  } else yield running(times.startMs + (image.includes('/slow') ? times.slowMs : 0), 0, null);
  return undefined;
}

function running(afterMs: number, restartCount: number, ended: LifeStep['ended']): LifeStep {
  return {
    afterMs,
    phase: 'Running',
    container: container('running', '', restartCount),
    ended,
    failure: null,
    told: [normal('Pulled', 'The image is on the node'), normal('Started', 'Started container main')],
  };
}

function* neverPulled(image: string, times: SandboxTimes): Generator<LifeStep> {
  const message = `failed to pull and unpack image "${image}": not found`;
  const failure: PodFailure = { reason: 'ImagePullFailed', message };
  for (const reason of ['ErrImagePull', 'ImagePullBackOff']) {
    yield {
      afterMs: times.startMs,
      phase: 'Pending',
      container: container('waiting', reason, 0, message),
      ended: null,
      failure,
      told: [warning('Failed', `Failed to pull image "${image}": not found`)],
    };
  }
}

function* falling(
  times: SandboxTimes,
  reason: string,
  exitCode: number,
  failureReason: PodFailure['reason'],
  message: string,
): Generator<LifeStep> {
  const ended = { reason, exitCode };
  const failure: PodFailure = { reason: failureReason, message };
  let pauseMs = times.restartMs;
  yield running(times.startMs, 0, null);
  for (let restarts = 0; ; restarts += 1) {
    yield {
      afterMs: times.crashMs,
      phase: 'Running',
      container: container('waiting', 'CrashLoopBackOff', restarts, 'back-off restarting failed container'),
      ended,
      failure,
      told: [warning('BackOff', 'Back-off restarting failed container main')],
    };
    yield running(pauseMs, restarts + 1, ended);
    pauseMs = Math.min(pauseMs * 2, times.restartMs * MOST_RESTART_FACTOR);
  }
}
