import type { PodInfo } from '../../domain/pod-info.js';
import type { ClusterSnapshot, UsageReport } from '../cluster-provider.js';
import { seedOf } from './sandbox-random.js';

const MINUTE_MS = 60_000;
const NODE_CPU_MILLI = 120;
const NODE_MEMORY_BYTES = 900 * 1024 ** 2;

/** 20 to 90 %, wandering slowly; each name has its own wave. */
function share(name: string, nowMs: number): number {
  const phase = seedOf(name) % 1_000;
  const slow = Math.sin(nowMs / (7 * MINUTE_MS) + phase);
  const fast = Math.sin(nowMs / (1.3 * MINUTE_MS) + phase * 3);
  return 0.55 + 0.25 * slow + 0.1 * fast;
}

const usageOf = (pod: PodInfo, nowMs: number): { cpuMilli: number; memoryBytes: number } => ({
  cpuMilli: Math.round(pod.request.cpuMilli * share(`${pod.name}/cpu`, nowMs)),
  memoryBytes: Math.round(pod.request.memoryBytes * share(`${pod.name}/memory`, nowMs / 10)),
});

/** What the pods of a pretend cluster take right now: a part of their requests; and the nodes, their pods and a little for themselves. */
export function sandboxUsage(snapshot: ClusterSnapshot, nowMs: number): UsageReport {
  const running = snapshot.pods.filter((pod) => pod.phase === 'Running');
  const uses = running.map((pod) => ({ pod, use: usageOf(pod, nowMs) }));
  const nodes = snapshot.nodes.map((node) => {
    const here = uses.filter(({ pod }) => pod.nodeName === node.name).map(({ use }) => use);
    const total = (pick: (use: { cpuMilli: number; memoryBytes: number }) => number): number =>
      here.reduce((sum, use) => sum + pick(use), 0);
    const cpuMilli = NODE_CPU_MILLI + total((use) => use.cpuMilli);
    return [node.name, { cpuMilli, memoryBytes: NODE_MEMORY_BYTES + total((use) => use.memoryBytes) }] as const;
  });
  return {
    observedAt: new Date(nowMs).toISOString(),
    nodes: Object.fromEntries(nodes),
    pods: Object.fromEntries(uses.map(({ pod, use }) => [`${pod.namespace}/${pod.name}`, use])),
  };
}
