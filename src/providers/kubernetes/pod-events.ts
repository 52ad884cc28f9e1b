/** What the cluster noted about a pod: events of its Deployment, ReplicaSets and pods, oldest first. */
import type { PodReference } from '../../domain/pod.js';
import type { PodEvent } from '../../domain/pod-info.js';
import type { CallOptions } from '../cluster-provider.js';
import { clusterError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { dnsSubdomain, PATHS, withQuery } from './kube-names.js';
import { listPods, listReplicaSets } from './pod-find.js';
import {
  field,
  type Fields,
  fieldsAt,
  identity,
  instant,
  isFields,
  items,
  MESSAGE_LENGTH,
  NAME_LENGTH,
  text,
  whole,
} from './untrusted.js';

const MAX_EVENTS_PER_OBJECT = 200;
const MAX_OBJECTS = 12;

export function mapEvent(event: Fields): PodEvent {
  const [about, series] = [fieldsAt(event, 'involvedObject'), fieldsAt(event, 'series')];
  const createdAt = instant(fieldsAt(event, 'metadata'), 'creationTimestamp');
  const firstAt = instant(event, 'firstTimestamp') ?? instant(event, 'eventTime') ?? createdAt;
  return {
    type: field(event, 'type') === 'Warning' ? 'Warning' : 'Normal',
    reason: text(event, 'reason', NAME_LENGTH),
    message: text(event, 'message', MESSAGE_LENGTH),
    count: Math.max(1, whole(series, 'count') ?? whole(event, 'count') ?? 1),
    firstAt,
    lastAt: instant(series, 'lastObservedTime') ?? instant(event, 'lastTimestamp') ?? firstAt,
    object: `${text(about, 'kind', 64)}/${text(about, 'name', NAME_LENGTH)}`,
  };
}

async function eventsAbout(
  calls: KubeCalls,
  namespace: string,
  name: string,
  options: CallOptions,
): Promise<PodEvent[]> {
  const fieldSelector = `involvedObject.name=${dnsSubdomain(name, 'the name of the object')}`;
  const path = withQuery(PATHS.events(namespace), { fieldSelector, limit: MAX_EVENTS_PER_OBJECT });
  const list = await calls.json({ method: 'GET', path }, options);
  return items(list)
    .filter((event) => isFields(field(event, 'involvedObject')) && fieldsAt(event, 'involvedObject')['name'] === name)
    .slice(0, MAX_EVENTS_PER_OBJECT)
    .map(mapEvent);
}

/** @throws ClusterError */
export async function podEvents(calls: KubeCalls, reference: PodReference, options: CallOptions): Promise<PodEvent[]> {
  const remaining = shrinking(options);
  const owned = [
    ...(await listReplicaSets(calls, reference, remaining())),
    ...(await listPods(calls, reference, remaining())),
  ];
  const names = new Set([reference.objectName, ...owned.map((each) => identity(fieldsAt(each, 'metadata'), 'name'))]);
  try {
    const found = await Promise.all(
      [...names].slice(0, MAX_OBJECTS).map((name) => eventsAbout(calls, reference.namespace, name, remaining())),
    );
    return found.flat().toSorted((a, b) => (a.lastAt ?? '').localeCompare(b.lastAt ?? ''));
  } catch (error) {
    throw clusterError(error, false);
  }
}
