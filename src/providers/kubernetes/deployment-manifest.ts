/**
 * The Deployment that a PodOrder becomes. The order may be trusted for its amounts; its texts are data and stay inside string fields.
 * Invariant: requests equal limits, the pod is pinned to the reserved node, and it gets nothing of the host and no token of the cluster.
 */
import type { V1Container, V1Deployment, V1PodSpec } from '@kubernetes/client-node';
import { ClusterError } from '../../domain/errors.js';
import type { PodOrder } from '../../domain/pod.js';
import { dnsLabel, dnsSubdomain, LABELS, labelValue, MANAGED_BY } from './kube-names.js';

/** The container's name in every pod of ours. */
export const CONTAINER = 'main';

const TERMINATION_GRACE_SECONDS = 10;

function labelsOf(order: PodOrder): Record<string, string> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.reservation]: labelValue(order.reference.reservationId, 'the reservation id'),
    [LABELS.pod]: labelValue(order.reference.podId, 'the pod id'),
    [LABELS.name]: labelValue(order.name, 'the name of the pod'),
  };
}

function amountsOf(order: PodOrder): Record<string, string> {
  const { cpuMilli, memoryBytes, storageBytes, gpuCount } = order.amounts;
  if (gpuCount > 0 && order.gpuResource === null) {
    throw new ClusterError('KUBERNETES_REFUSED', 'GPUs are asked for on a node without any', 'refused');
  }
  return {
    cpu: `${cpuMilli}m`,
    memory: String(memoryBytes),
    ...(storageBytes > 0 ? { 'ephemeral-storage': String(storageBytes) } : {}),
    ...(gpuCount > 0 && order.gpuResource !== null ? { [order.gpuResource]: String(gpuCount) } : {}),
  };
}

function containerOf(order: PodOrder): V1Container {
  const { image, command, args, env, ports } = order.spec;
  const amounts = amountsOf(order);
  return {
    name: CONTAINER,
    image,
    ...(command.length > 0 ? { command: [...command] } : {}),
    ...(args.length > 0 ? { args: [...args] } : {}),
    ...(env.length > 0 ? { env: env.map(({ name, value }) => ({ name, value })) } : {}),
    ...(ports.length > 0 ? { ports: ports.map(({ containerPort, protocol }) => ({ containerPort, protocol })) } : {}),
    resources: { requests: amounts, limits: amounts },
    securityContext: { allowPrivilegeEscalation: false },
  };
}

function podSpecOf(order: PodOrder): V1PodSpec {
  const nodeName = dnsSubdomain(order.nodeName, 'the name of the node');
  const pinned = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [nodeName] }] };
  return {
    containers: [containerOf(order)],
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [pinned] } } },
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      seccompProfile: { type: 'RuntimeDefault' },
      ...(order.spec.runAsNonRoot ? { runAsNonRoot: true } : {}),
    },
    terminationGracePeriodSeconds: TERMINATION_GRACE_SECONDS,
  };
}

/** @throws ClusterError KUBERNETES_REFUSED when a name of the order is none for Kubernetes; nothing was sent */
export function deploymentOf(order: PodOrder): V1Deployment {
  const { namespace, objectName } = order.reference;
  const labels = labelsOf(order);
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: dnsLabel(objectName, 'the name of the Deployment'),
      namespace: dnsLabel(namespace, 'the namespace'),
      labels,
    },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 1,
      // Two pods at once would need the room twice.
      strategy: { type: 'Recreate' },
      selector: { matchLabels: { [LABELS.reservation]: order.reference.reservationId } },
      template: { metadata: { labels }, spec: podSpecOf(order) },
    },
  };
}

export function namespaceManifest(namespace: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: dnsLabel(namespace, 'the namespace'), labels: { [LABELS.managedBy]: MANAGED_BY } },
  };
}
