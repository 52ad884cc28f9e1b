/** What a Kubernetes pod claims, read for the effective-request formula. Numbers come from the object that the cluster returned. */
import {
  type ContainerClaim,
  effectiveRequest,
  type PodClaim,
  type ResizeState,
} from '../../domain/effective-request.js';
import { type ResourceVector, RESOURCE_KINDS, type ResourceKind } from '../../domain/resources.js';
import { requested } from './amounts-mapping.js';
import { field, type Fields, fieldsAt, isFields, objects } from './untrusted.js';

const ONE_POD = 1;

/** The claim of a pod whose containers cannot be read: it leaves nothing on its node. */
const UNREADABLE: ResourceVector = Object.freeze({
  ...(Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, Number.MAX_SAFE_INTEGER])) as Record<
    ResourceKind,
    number
  >),
  podCount: ONE_POD,
});

const stated = (resources: Fields) => ({
  requests: requested(fieldsAt(resources, 'requests')),
  limits: requested(fieldsAt(resources, 'limits')),
});

/** What the node reports of a resize, in a container's status and in a pod's alike. */
function resizeOf(status: Fields | undefined): ResizeState | null {
  if (status === undefined || !isFields(field(status, 'resources'))) return null;
  return {
    allocated: requested(fieldsAt(status, 'allocatedResources')),
    actual: requested(fieldsAt(status, 'resources', 'requests')),
  };
}

function statusesByName(status: Fields): ReadonlyMap<unknown, Fields> {
  const all = [
    ...objects(status, 'containerStatuses', Infinity),
    ...objects(status, 'initContainerStatuses', Infinity),
  ];
  return new Map(all.map((each) => [field(each, 'name'), each]));
}

const toClaim =
  (statuses: ReadonlyMap<unknown, Fields>) =>
  (container: Fields): ContainerClaim => ({
    ...stated(fieldsAt(container, 'resources')),
    isRestartable: field(container, 'restartPolicy') === 'Always',
    resize: resizeOf(statuses.get(field(container, 'name'))),
  });

/** Only the first such condition counts, as upstream has it. */
function isResizeInfeasible(status: Fields): boolean {
  const pending = objects(status, 'conditions', Infinity).find((each) => field(each, 'type') === 'PodResizePending');
  return pending !== undefined && field(pending, 'reason') === 'Infeasible';
}

const isReadableList = (value: unknown) => Array.isArray(value) && value.every(isFields);

/** The effective request with its pod slot. Every container counts, however many there are. */
export function podRequest(spec: Fields, status: Fields): ResourceVector {
  const init = field(spec, 'initContainers');
  const isReadable =
    isReadableList(field(spec, 'containers')) && (init === undefined || init === null || isReadableList(init));
  if (!isReadable) return UNREADABLE;
  const claimOf = toClaim(statusesByName(status));
  const claim: PodClaim = {
    containers: objects(spec, 'containers', Infinity).map(claimOf),
    initContainers: objects(spec, 'initContainers', Infinity).map(claimOf),
    overhead: requested(fieldsAt(spec, 'overhead')),
    podLevel: isFields(field(spec, 'resources'))
      ? { ...stated(fieldsAt(spec, 'resources')), resize: resizeOf(status) }
      : null,
    isResizeInfeasible: isResizeInfeasible(status),
  };
  return { ...effectiveRequest(claim), podCount: ONE_POD };
}
