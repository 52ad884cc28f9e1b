import type { ClusterPodDto } from '../api/models/cluster-pod-dto';

export type Owner = 'all' | 'managed' | 'foreign';

/** Every word must be in the name, the namespace, the node or the phase. Berth's pods come first, then by namespace and name. */
export function filterPods(pods: readonly ClusterPodDto[], text: string, owner: Owner): ClusterPodDto[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return pods
    .filter((pod) => {
      if (owner !== 'all' && (pod.podId !== null) !== (owner === 'managed')) return false;
      const whole = `${pod.name} ${pod.namespace} ${pod.nodeName ?? ''} ${pod.phase}`.toLowerCase();
      return words.every((word) => whole.includes(word));
    })
    .sort(
      (a, b) =>
        Number(b.podId !== null) - Number(a.podId !== null) ||
        compare(a.namespace, b.namespace) ||
        compare(a.name, b.name),
    );
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
