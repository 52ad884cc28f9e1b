/** A Kubernetes pod as a PodInfo, managed or foreign. */
import type { PodInfo } from '../../domain/pod-info.js';
import { mapContainers, mapInitContainers } from './container-mapping.js';
import { failureOf } from './failure-reason.js';
import { LABELS } from './kube-names.js';
import { podRequest } from './pod-claim.js';
import {
  field,
  type Fields,
  fieldsAt,
  identity,
  instant,
  MESSAGE_LENGTH,
  NAME_LENGTH,
  objects,
  text,
} from './untrusted.js';

const PHASES: ReadonlySet<unknown> = new Set(['Pending', 'Running', 'Succeeded', 'Failed']);

/** A label value is at most this long; longer ones are not ours. */
const LABEL_LENGTH = 63;

const MAX_CONDITIONS = 64;

/** An unknown phase keeps its claim. */
const phaseOf = (status: Fields): PodInfo['phase'] => {
  const phase = field(status, 'phase');
  return PHASES.has(phase) ? (phase as PodInfo['phase']) : 'Unknown';
};

export function reservationOf(metadata: Fields): string | null {
  const value = field(fieldsAt(metadata, 'labels'), LABELS.reservation);
  return typeof value === 'string' && value !== '' && value.length <= LABEL_LENGTH ? value : null;
}

/** A node name that cannot be one is kept as text: the pod is then on no node that we know. */
function nodeNameOf(spec: Fields): string | null {
  return text(spec, 'nodeName', NAME_LENGTH) || null;
}

export function isTerminating(object: Fields): boolean {
  return text(fieldsAt(object, 'metadata'), 'deletionTimestamp') !== '';
}

export function mapPod(pod: Fields): PodInfo {
  const [metadata, spec, status] = [fieldsAt(pod, 'metadata'), fieldsAt(pod, 'spec'), fieldsAt(pod, 'status')];
  const conditions = objects(status, 'conditions', MAX_CONDITIONS);
  const condition = (type: string) => conditions.find((each) => field(each, 'type') === type) ?? {};
  const scheduled = condition('PodScheduled');
  const isUnschedulable = field(scheduled, 'status') === 'False' && field(scheduled, 'reason') === 'Unschedulable';
  const phase = phaseOf(status);
  const containers = mapContainers(spec, status);
  return {
    uid: identity(metadata, 'uid'),
    namespace: identity(metadata, 'namespace'),
    name: identity(metadata, 'name'),
    nodeName: nodeNameOf(spec),
    reservationId: reservationOf(metadata),
    phase,
    isReady: field(condition('Ready'), 'status') === 'True',
    isTerminating: isTerminating(pod),
    isUnschedulable,
    request: podRequest(spec, status),
    containers,
    failure: failureOf({
      phase,
      containers: [...mapInitContainers(spec, status), ...containers],
      reason: text(status, 'reason', NAME_LENGTH),
      message: text(status, 'message', MESSAGE_LENGTH),
      unschedulable: isUnschedulable ? text(scheduled, 'message', MESSAGE_LENGTH) : null,
    }),
    createdAt: instant(metadata, 'creationTimestamp'),
    startedAt: instant(status, 'startTime'),
    usage: null,
  };
}
