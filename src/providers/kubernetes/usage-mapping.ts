/** What metrics.k8s.io measured. A measurement that cannot be read is left out: usage decides nothing. */
import { cpuMilli, wholeBytes } from '../../domain/quantity.js';
import type { CallOptions, UsageReport } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS } from './kube-names.js';
import { type Fields, fieldsAt, instant, items, NAME_LENGTH, objects, text } from './untrusted.js';

interface Amounts {
  cpuMilli: number;
  memoryBytes: number;
}

function measured(usage: Fields): Amounts | null {
  try {
    return { cpuMilli: cpuMilli(text(usage, 'cpu', 64)), memoryBytes: wholeBytes(text(usage, 'memory', 64)) };
  } catch {
    return null;
  }
}

function summed(pod: Fields): Amounts {
  const total = { cpuMilli: 0, memoryBytes: 0 };
  for (const container of objects(pod, 'containers', Infinity)) {
    const each = measured(fieldsAt(container, 'usage'));
    total.cpuMilli += each?.cpuMilli ?? 0;
    total.memoryBytes += each?.memoryBytes ?? 0;
  }
  return total;
}

const nameOf = (item: Fields) => text(fieldsAt(item, 'metadata'), 'name', NAME_LENGTH);
const namespaceOf = (item: Fields) => text(fieldsAt(item, 'metadata'), 'namespace', NAME_LENGTH);

/** The oldest measurement of a node, so that the report never looks fresher than it is; null when there is none. */
function measuredAt(nodes: readonly Fields[]): string | null {
  return (
    nodes
      .map((node) => instant(node, 'timestamp'))
      .filter((at) => at !== null)
      .toSorted()[0] ?? null
  );
}

/** Null where the cluster has no metrics. @throws ClusterError */
export async function readUsage(calls: KubeCalls, options: CallOptions): Promise<UsageReport | null> {
  const remaining = shrinking(options);
  try {
    const nodes = items(await calls.json({ method: 'GET', path: PATHS.nodeMetrics }, remaining(), true));
    const pods = items(await calls.json({ method: 'GET', path: PATHS.podMetrics }, remaining(), true));
    const byNode = nodes.map((node) => [nameOf(node), measured(fieldsAt(node, 'usage'))] as const);
    return {
      observedAt: measuredAt(nodes) ?? new Date().toISOString(),
      nodes: Object.fromEntries(byNode.flatMap(([name, amounts]) => (amounts === null ? [] : [[name, amounts]]))),
      pods: Object.fromEntries(pods.map((pod) => [`${namespaceOf(pod)}/${nameOf(pod)}`, summed(pod)])),
    };
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return null;
    throw clusterError(error, false);
  }
}
