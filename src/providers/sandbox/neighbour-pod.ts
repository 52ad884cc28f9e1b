import type { PodInfo } from '../../domain/pod-info.js';
import { resources } from '../../domain/resources.js';
import { nameSuffix, othersPod } from './others-pod.js';

const MIB = 1024 ** 2;
const WORK = ['notebook', 'train', 'eval', 'api', 'worker', 'postgres', 'redis', 'crawler', 'render', 'queue'] as const;
const TEAMS = ['vision', 'speech', 'robotics', 'web', 'genomics', 'kube-system'] as const;
/** Of the GPUs' neighbours, how many take one. */
const GPU_SHARE = 0.15;

const pick = <T>(from: readonly [T, ...T[]], random: () => number): T =>
  from[Math.floor(random() * from.length)] ?? from[0];

/** A pod of somebody else that takes about half of an even share of the node; `sequence` makes it the only one of its name. */
export function neighbourPod(
  nodeName: string,
  share: { readonly cpuMilli: number; readonly memoryBytes: number },
  hasGpus: boolean,
  sequence: number,
  random: () => number,
): PodInfo {
  const work = pick(WORK, random);
  const suffix = nameSuffix(random);
  const part = 0.2 + 0.6 * random();
  const startedAt = new Date(Date.now() - Math.floor(random() * 86_400_000)).toISOString();
  return othersPod({
    uid: `neighbour-${nodeName}-${sequence}-${suffix}`,
    namespace: pick(TEAMS, random),
    name: `${work}-${sequence}-${suffix}`,
    nodeName,
    request: resources({
      cpuMilli: Math.max(10, Math.round((share.cpuMilli * part) / 10) * 10),
      memoryBytes: Math.max(16, Math.round((share.memoryBytes * part) / MIB)) * MIB,
      gpuCount: hasGpus && random() < GPU_SHARE ? 1 : 0,
      podCount: 1,
    }),
    work,
    startedAt,
  });
}
