/**
 * The only maker of request paths. Invariant: every name in a path has passed here, so no name can add a segment, a query or a host.
 */
import { ClusterError } from '../../domain/errors.js';

const LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

function invalid(what: string): ClusterError {
  return new ClusterError('KUBERNETES_REFUSED', `${what} is not a name that Kubernetes allows`, 'refused');
}

/** A DNS-1123 label: namespaces and Berth's own objects. @throws ClusterError KUBERNETES_REFUSED, nothing was sent */
export function dnsLabel(name: string, what: string): string {
  if (!LABEL.test(name)) throw invalid(what);
  return name;
}

/** A DNS-1123 subdomain: names of pods and nodes. @throws ClusterError KUBERNETES_REFUSED, nothing was sent */
export function dnsSubdomain(name: string, what: string): string {
  if (name.length > 253 || !SUBDOMAIN.test(name)) throw invalid(what);
  return name;
}

/** @throws ClusterError KUBERNETES_REFUSED, nothing was sent */
export function labelValue(value: string, what: string): string {
  if (!LABEL_VALUE.test(value)) throw invalid(what);
  return value;
}

export type Query = Readonly<Record<string, string | number | boolean | null>>;

/** Adds the parameters that are not null. */
export function withQuery(path: string, query: Query): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== null) search.set(key, String(value));
  const encoded = search.toString();
  return encoded === '' ? path : `${path}?${encoded}`;
}

const inNamespace = (root: string, namespace: string, resource: string) =>
  `${root}/namespaces/${dnsLabel(namespace, 'the namespace')}/${resource}`;

export const PATHS = {
  version: '/version',
  nodes: '/api/v1/nodes',
  pods: '/api/v1/pods',
  namespaces: '/api/v1/namespaces',
  accessReviews: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
  nodeMetrics: '/apis/metrics.k8s.io/v1beta1/nodes',
  podMetrics: '/apis/metrics.k8s.io/v1beta1/pods',
  deployments: (namespace: string) => inNamespace('/apis/apps/v1', namespace, 'deployments'),
  deployment: (namespace: string, name: string) =>
    `${inNamespace('/apis/apps/v1', namespace, 'deployments')}/${dnsLabel(name, 'the name of the Deployment')}`,
  replicaSets: (namespace: string) => inNamespace('/apis/apps/v1', namespace, 'replicasets'),
  replicaSet: (namespace: string, name: string) =>
    `${inNamespace('/apis/apps/v1', namespace, 'replicasets')}/${dnsSubdomain(name, 'the name of the ReplicaSet')}`,
  podsOf: (namespace: string) => inNamespace('/api/v1', namespace, 'pods'),
  pod: (namespace: string, name: string) =>
    `${inNamespace('/api/v1', namespace, 'pods')}/${dnsSubdomain(name, 'the name of the pod')}`,
  podLog: (namespace: string, name: string) =>
    `${inNamespace('/api/v1', namespace, 'pods')}/${dnsSubdomain(name, 'the name of the pod')}/log`,
  events: (namespace: string) => inNamespace('/api/v1', namespace, 'events'),
} as const;

export const LABELS = {
  managedBy: 'app.kubernetes.io/managed-by',
  reservation: 'berth.dev/reservation',
  pod: 'berth.dev/pod',
  name: 'berth.dev/name',
} as const;

export const MANAGED_BY = 'berth';

/** Selects what carries our reservation. @throws ClusterError KUBERNETES_REFUSED, nothing was sent */
export function reservationSelector(reservationId: string): string {
  return `${LABELS.reservation}=${labelValue(reservationId, 'the reservation id')}`;
}
