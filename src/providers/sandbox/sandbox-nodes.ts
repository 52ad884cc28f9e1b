import type { NodeInfo } from '../../domain/node.js';
import type { PodInfo } from '../../domain/pod-info.js';
import { resources } from '../../domain/resources.js';
import type { SandboxConnection } from '../../domain/server.js';
import { nameSuffix, othersPod } from './others-pod.js';
import { seededRandom, seedOf } from './sandbox-random.js';

const PODS_PER_NODE = 110;
const MIB = 1024 ** 2;
const GPU_RESOURCE = 'nvidia.com/gpu';

export const nodeName = (index: number): string => `sandbox-${index + 1}`;

export function pretendNode(connection: SandboxConnection, index: number): NodeInfo {
  const offers = resources({
    cpuMilli: connection.cpuMilliPerNode,
    memoryBytes: connection.memoryBytesPerNode,
    storageBytes: connection.storageBytesPerNode,
    gpuCount: connection.gpuCountPerNode,
    podCount: PODS_PER_NODE,
  });
  return {
    name: nodeName(index),
    capacity: offers,
    allocatable: offers,
    isReady: true,
    isCordoned: false,
    taints: [],
    gpuResource: connection.gpuCountPerNode > 0 ? GPU_RESOURCE : null,
    kubeletVersion: 'v1.36.0',
    osImage: 'Pretend Linux',
    architecture: 'amd64',
    usage: null,
  };
}

const SYSTEM_PODS = [
  { name: 'coredns', cpuMilli: 100, memoryMib: 70 },
  { name: 'node-exporter', cpuMilli: 50, memoryMib: 32 },
  { name: 'ingress', cpuMilli: 90, memoryMib: 90 },
  { name: 'log-agent', cpuMilli: 75, memoryMib: 120 },
] as const;

/** What others run on the node: one or two small pods, the same for the same seed, so that the accounting has something to count. */
export function foreignPods(seed: number, index: number, at: string): PodInfo[] {
  const random = seededRandom(seedOf(seed, 'foreign', index));
  const count = 1 + Math.floor(random() * 2);
  const first = Math.floor(random() * SYSTEM_PODS.length);
  return Array.from({ length: count }, (_, each) => {
    const kind = SYSTEM_PODS[(first + each) % SYSTEM_PODS.length] ?? SYSTEM_PODS[0];
    return othersPod({
      uid: `foreign-${seed}-${index}-${kind.name}`,
      namespace: 'kube-system',
      name: `${kind.name}-${nameSuffix(random)}`,
      nodeName: nodeName(index),
      request: resources({ cpuMilli: kind.cpuMilli, memoryBytes: kind.memoryMib * MIB, podCount: 1 }),
      work: kind.name,
      startedAt: at,
    });
  });
}
