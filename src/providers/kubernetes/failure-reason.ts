/** Why a pod does not run, in one of Berth's words, from what the cluster says. The first rule that applies wins. */
import type { ContainerInfo, FailureReason, PodFailure, PodInfo } from '../../domain/pod-info.js';

const IMAGE_REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

const CONFIGURATION_REASONS = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
  'ContainerCannotRun',
  'PreCreateHookError',
  'PreStartHookError',
  'PostStartHookError',
]);

const OUT_OF_MEMORY = 'OOMKilled';
const BACK_OFF = 'CrashLoopBackOff';

/** Preemption ends a pod as eviction does: others needed its room. */
const EVICTION_REASONS = new Set(['Evicted', 'Preempting', 'Preempted']);

function reasonOf(container: ContainerInfo): FailureReason | null {
  const { state, reason, exitCode, restartCount, lastTermination } = container;
  if (state === 'running') return null;
  if (IMAGE_REASONS.has(reason)) return 'ImagePullFailed';
  if (CONFIGURATION_REASONS.has(reason)) return 'ConfigurationError';
  if (reason === OUT_OF_MEMORY) return 'OutOfMemory';
  if (reason === BACK_OFF) return lastTermination?.reason === OUT_OF_MEMORY ? 'OutOfMemory' : 'CrashLoop';
  if (state === 'terminated' && exitCode !== 0 && restartCount > 0) return 'CrashLoop';
  return null;
}

function wordsOf(container: ContainerInfo): string {
  const last = container.lastTermination;
  const ended =
    last === null ? '' : ` (last exit code ${last.exitCode}${last.reason === '' ? '' : `, ${last.reason}`})`;
  return `${container.name}: ${container.message || container.reason}${ended}`;
}

export interface PodSigns {
  readonly phase: PodInfo['phase'];
  readonly containers: readonly ContainerInfo[];
  /** The pod's own reason and message. */
  readonly reason: string;
  readonly message: string;
  /** What the scheduler said when the pod fits nowhere; null when it did not say so. */
  readonly unschedulable: string | null;
}

export function failureOf(signs: PodSigns): PodFailure | null {
  const { phase, containers, reason, message, unschedulable } = signs;
  if (phase === 'Succeeded') return null;
  if (EVICTION_REASONS.has(reason)) return { reason: 'Evicted', message };
  for (const container of containers) {
    const found = reasonOf(container);
    if (found !== null) return { reason: found, message: wordsOf(container) };
  }
  if (unschedulable !== null) return { reason: 'Unschedulable', message: unschedulable };
  if (phase !== 'Failed') return null;
  const failed = containers.find((each) => each.state === 'terminated' && each.exitCode !== 0);
  const words = [reason, message].filter((each) => each !== '').join(': ');
  return { reason: 'Exited', message: words || (failed ? `${failed.name}: exit code ${failed.exitCode}` : '') };
}
