/**
 * Reads from the quorum what is left of a pod: nothing here asks for a resource version, so no cache may answer.
 * Invariant: `gone` means that the Deployment was absent first, then its ReplicaSets, then its pods: owners before what they make, so that
 * nothing can be made behind the reading. An answer that is not clearly Kubernetes' own "not found" is never read as absence.
 */
import type { PodReference } from '../../domain/pod.js';
import type { CallOptions, PodFinding } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS, reservationSelector } from './kube-names.js';
import { listAll } from './list-pages.js';
import { isTerminating, mapPod, reservationOf } from './pod-mapping.js';
import { badResponse, type Fields, fieldsAt } from './untrusted.js';

const isOurs = (object: Fields, reference: PodReference): boolean =>
  reservationOf(fieldsAt(object, 'metadata')) === reference.reservationId;

/** Our Deployment, or null when it is absent or the name is another's. @throws ClusterError */
export async function findDeployment(
  calls: KubeCalls,
  reference: PodReference,
  options: CallOptions,
): Promise<Fields | null> {
  const path = PATHS.deployment(reference.namespace, reference.objectName);
  try {
    const found = await calls.json({ method: 'GET', path }, options, true);
    if (fieldsAt(found, 'metadata')['name'] !== reference.objectName)
      throw badResponse('the API server answered another object');
    return isOurs(found, reference) ? found : null;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.isNotFound(reference.objectName)) return null;
    if (error.status === 404) throw badResponse('the 404 is not an answer of a Kubernetes API server');
    throw clusterError(error, false);
  }
}

/** What carries our label, whatever the server thinks a selector is. @throws ClusterError */
async function listOurs(
  calls: KubeCalls,
  path: string,
  reference: PodReference,
  options: CallOptions,
): Promise<readonly Fields[]> {
  const query = { labelSelector: reservationSelector(reference.reservationId), limit: 500 };
  const { items } = await listAll(calls, path, query, (item) => item, options);
  return items.filter((item) => isOurs(item, reference));
}

export async function listReplicaSets(calls: KubeCalls, reference: PodReference, options: CallOptions) {
  return listOurs(calls, PATHS.replicaSets(reference.namespace), reference, options);
}

export async function listPods(calls: KubeCalls, reference: PodReference, options: CallOptions) {
  return listOurs(calls, PATHS.podsOf(reference.namespace), reference, options);
}

/** @throws ClusterError */
export async function findPod(calls: KubeCalls, reference: PodReference, options: CallOptions): Promise<PodFinding> {
  const remaining = shrinking(options);
  const deployment = await findDeployment(calls, reference, remaining());
  const replicaSets = await listReplicaSets(calls, reference, remaining());
  const pods = await listPods(calls, reference, remaining());
  const left = deployment === null ? [...replicaSets, ...pods] : [deployment];
  if (left.length === 0) return { found: 'gone' };
  return { found: 'present', isTerminating: left.every(isTerminating), pods: pods.map(mapPod) };
}
