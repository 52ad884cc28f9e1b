/**
 * Creates a pod's Deployment, at most once however often it is called: its name is fixed beforehand, and who owns the name is read from
 * the reservation label.
 *
 *   POST ── 2xx, our label ──────────────► done
 *     ├──── 409 ── GET ── our label ─────► done (an earlier attempt made it)
 *     │             ├──── another label ─► refused
 *     │             └──── 404, failure ──► unclear
 *     ├──── 404 ── make the namespace ───► POST again, once
 *     ├──── other clear 4xx ─────────────► refused
 *     └──── anything else ───────────────► unclear if a byte may have left, else refused
 */
import { ClusterError } from '../../domain/errors.js';
import type { PodOrder, PodReference } from '../../domain/pod.js';
import type { CallOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { deploymentOf, namespaceManifest } from './deployment-manifest.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS } from './kube-names.js';
import { reservationOf } from './pod-mapping.js';
import { type Fields, fieldsAt } from './untrusted.js';

const isOurs = (object: Fields, reference: PodReference): boolean =>
  reservationOf(fieldsAt(object, 'metadata')) === reference.reservationId;

const unclear = (message: string, cause?: unknown) =>
  new ClusterError('KUBERNETES_UNAVAILABLE', message, 'unclear', {}, cause);

/** Settles a 409: the object that has our name is ours, or our create did nothing. */
async function recognise(calls: KubeCalls, reference: PodReference, options: CallOptions): Promise<void> {
  const path = PATHS.deployment(reference.namespace, reference.objectName);
  let found: Fields;
  try {
    found = await calls.json({ method: 'GET', path }, options);
  } catch (error) {
    throw unclear('the name of the Deployment is taken, and who has it could not be read', error);
  }
  if (!isOurs(found, reference)) {
    const message = `a Deployment ${reference.namespace}/${reference.objectName} that is not Berth's is there already`;
    throw new ClusterError('KUBERNETES_CONFLICT', message, 'refused');
  }
}

/** Failing here is a refusal: the Deployment was clearly refused before, and nothing else was sent. */
async function makeNamespace(calls: KubeCalls, namespace: string, options: CallOptions): Promise<void> {
  try {
    await calls.json({ method: 'POST', path: PATHS.namespaces, body: namespaceManifest(namespace) }, options, true);
  } catch (error) {
    if (error instanceof StatusError && error.status === 409) return;
    const { code, message, details } = clusterError(error, false);
    throw new ClusterError(
      code,
      `the namespace ${namespace} is not there, and making it failed: ${message}`,
      'refused',
      details,
      error,
    );
  }
}

async function post(calls: KubeCalls, order: PodOrder, body: object, options: CallOptions): Promise<void> {
  const path = PATHS.deployments(order.reference.namespace);
  const made = await calls.json({ method: 'POST', path, body }, options, true);
  if (!isOurs(made, order.reference)) throw unclear('the API server answered the create with another object');
}

/** `options.timeoutMs` bounds all calls together. @throws ClusterError with the outcome that the diagram gives */
export async function createPod(calls: KubeCalls, order: PodOrder, options: CallOptions): Promise<void> {
  const body = deploymentOf(order);
  const remaining = shrinking(options);
  for (let hasNamespace = false; ; hasNamespace = true) {
    try {
      return await post(calls, order, body, remaining());
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.status === 409) return recognise(calls, order.reference, remaining());
      if (error.status !== 404 || hasNamespace) throw clusterError(error, true);
      await makeNamespace(calls, order.reference.namespace, remaining());
    }
  }
}
