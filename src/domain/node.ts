import { NOTHING, type ResourceVector } from './resources.js';

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
}

/** What is really used right now, as metrics.k8s.io measured it. `observedAt`: ISO instant. */
export interface Usage {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly observedAt: string;
}

/** One Kubernetes node, standardized. `allocatable` is what pods may claim; `capacity` is what the hardware has. */
export interface NodeInfo {
  readonly name: string;
  readonly capacity: ResourceVector;
  readonly allocatable: ResourceVector;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
  readonly taints: readonly Taint[];
  /** The extended resource that carries its GPUs, e.g. `nvidia.com/gpu`; null when it has none. */
  readonly gpuResource: string | null;
  readonly kubeletVersion: string;
  readonly osImage: string;
  readonly architecture: string;
  readonly usage: Usage | null;
}

/** Why a node takes no new pods, in words for the user; null when it takes them. */
export function closedReason(node: NodeInfo): string | null {
  if (!node.isReady) return 'the node is not ready';
  if (node.isCordoned) return 'the node is cordoned';
  const taint = node.taints.find((each) => each.effect !== 'PreferNoSchedule');
  return taint ? `the node is tainted ${taint.key}:${taint.effect}` : null;
}

/** What the node offers to new pods: nothing unless it is ready, open and untainted. */
export function offered(node: NodeInfo): ResourceVector {
  return closedReason(node) === null ? node.allocatable : NOTHING;
}
