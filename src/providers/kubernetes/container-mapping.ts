/** Containers of a pod as ContainerInfos: the names and images of its spec, the states of its status. */
import type { ContainerInfo } from '../../domain/pod-info.js';
import {
  field,
  type Fields,
  fieldsAt,
  instant,
  isFields,
  NAME_LENGTH,
  objects,
  text,
  whole,
  WORD_LENGTH,
} from './untrusted.js';

/** More are not shown; their claims count nevertheless. */
const MAX_CONTAINERS = 64;

function stateOf(status: Fields): Pick<ContainerInfo, 'state' | 'reason' | 'message' | 'exitCode'> {
  const states = fieldsAt(status, 'state');
  const name = (['running', 'terminated'] as const).find((each) => isFields(field(states, each))) ?? 'waiting';
  const at = fieldsAt(states, name);
  return {
    state: name,
    reason: text(at, 'reason', NAME_LENGTH),
    message: text(at, 'message', WORD_LENGTH),
    exitCode: name === 'terminated' ? whole(at, 'exitCode') : null,
  };
}

function lastTerminationOf(status: Fields): ContainerInfo['lastTermination'] {
  const last = field(fieldsAt(status, 'lastState'), 'terminated');
  if (!isFields(last)) return null;
  return {
    reason: text(last, 'reason', NAME_LENGTH),
    exitCode: whole(last, 'exitCode') ?? 0,
    finishedAt: instant(last, 'finishedAt'),
  };
}

function mapContainer(spec: Fields, status: Fields): ContainerInfo {
  return {
    name: text(spec, 'name', NAME_LENGTH),
    image: text(spec, 'image', WORD_LENGTH),
    ...stateOf(status),
    restartCount: whole(status, 'restartCount') ?? 0,
    lastTermination: lastTerminationOf(status),
  };
}

function paired(specs: readonly Fields[], statuses: readonly Fields[]): ContainerInfo[] {
  const byName = new Map(statuses.map((each) => [field(each, 'name'), each]));
  return specs.map((spec) => mapContainer(spec, byName.get(field(spec, 'name')) ?? {}));
}

export function mapContainers(spec: Fields, status: Fields): ContainerInfo[] {
  return paired(objects(spec, 'containers', MAX_CONTAINERS), objects(status, 'containerStatuses', MAX_CONTAINERS));
}

/** Init containers: needed only to say why a pod does not start. */
export function mapInitContainers(spec: Fields, status: Fields): ContainerInfo[] {
  return paired(
    objects(spec, 'initContainers', MAX_CONTAINERS),
    objects(status, 'initContainerStatuses', MAX_CONTAINERS),
  );
}
