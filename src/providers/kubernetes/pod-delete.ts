/**
 * Deletes what a reservation made, and nothing else. Invariant: every DELETE names the uid of an object whose reservation label was read
 * just before, so an object that took the name in between survives.
 */
import type { PodReference } from '../../domain/pod.js';
import type { CallOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS } from './kube-names.js';
import { findDeployment, listPods, listReplicaSets } from './pod-find.js';
import { isTerminating } from './pod-mapping.js';
import { type Fields, fieldsAt, identity } from './untrusted.js';

/** Foreground: the owner stays until what it owns is gone, so that its absence means something. */
const deleteOptions = (object: Fields) => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  propagationPolicy: 'Foreground',
  preconditions: { uid: identity(fieldsAt(object, 'metadata'), 'uid') },
});

async function remove(calls: KubeCalls, path: string, object: Fields, options: CallOptions): Promise<void> {
  if (isTerminating(object)) return;
  try {
    await calls.json({ method: 'DELETE', path, body: deleteOptions(object) }, options, true);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // 404: gone meanwhile. 409: the uid is another's now, so ours is gone.
    if (error.status !== 404 && error.status !== 409) throw clusterError(error, true);
  }
}

const nameOf = (object: Fields) => identity(fieldsAt(object, 'metadata'), 'name');

/** What an owner left behind when somebody deleted it alone. */
async function removeOrphans(calls: KubeCalls, reference: PodReference, remaining: () => CallOptions): Promise<void> {
  for (const each of await listReplicaSets(calls, reference, remaining())) {
    await remove(calls, PATHS.replicaSet(reference.namespace, nameOf(each)), each, remaining());
  }
  for (const each of await listPods(calls, reference, remaining())) {
    await remove(calls, PATHS.pod(reference.namespace, nameOf(each)), each, remaining());
  }
}

/** `options.timeoutMs` bounds all calls together. @throws ClusterError */
export async function deletePod(calls: KubeCalls, reference: PodReference, options: CallOptions): Promise<void> {
  const remaining = shrinking(options);
  const deployment = await findDeployment(calls, reference, remaining());
  if (deployment === null) return removeOrphans(calls, reference, remaining);
  await remove(calls, PATHS.deployment(reference.namespace, reference.objectName), deployment, remaining());
}
