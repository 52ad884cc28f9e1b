/** What the contract suite needs of a cluster, and the orders that it sends there. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { PodInfo } from '../../src/domain/pod-info.js';
import type { LaunchSpec, PodOrder } from '../../src/domain/pod.js';
import { type ResourceVector, resources } from '../../src/domain/resources.js';
import { Secret } from '../../src/domain/secret.js';
import { AddressPolicy } from '../../src/providers/address-policy.js';
import type { CallOptions, ClusterProvider, PodFinding } from '../../src/providers/cluster-provider.js';
import { CloudKubernetesProvider } from '../../src/providers/kubernetes/cloud-kubernetes.provider.js';
import { KubeLinks } from '../../src/providers/kubernetes/kube-links.js';
import { loadSettings, type Settings } from '../../src/settings.js';

export interface ContractCluster {
  readonly provider: ClusterProvider;
  readonly namespace: string;
  /** A node with at least 2 cores, 4 GiB and 1 GPU to spare. */
  readonly nodeName: string;
  readonly gpuResource: string | null;
  /** `empty`: there is a metrics server, and it has measured nothing. */
  readonly hasMetrics: 'yes' | 'no' | 'empty';
  /** For the images that provoke a fate: `missing`, `crash`, `oom`, `slow`, `sticky`, and any other that runs. */
  image(fate: string): string;
  stop(): Promise<void>;
}

export const MIB = 2 ** 20;
export const CALL: CallOptions = { timeoutMs: 20_000 };

/** The settings of tests; `env` overrides them as a variable of the environment would. */
export function testSettings(env: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ BERTH_ENV: 'test', ...env }, join(process.cwd(), 'config'));
}

/** A provider over the real link, for any kubeconfig. Its port and loopback are allowed, as an admin would. */
export function openKubernetes(kubeconfig: string, namespace: string, env: Readonly<Record<string, string>> = {}) {
  const server = /server: '?(https:[^'}\s]+)/.exec(kubeconfig)?.[1] ?? '';
  const settings = testSettings({ BERTH_NETWORK_ALLOWED_PORTS: new URL(server).port || '443', ...env });
  const target = {
    serverId: randomUUID(),
    connectionRevision: 1,
    connection: { kind: 'kubeconfig', apiServer: server, context: null },
    credential: { kind: 'kubeconfig', kubeconfig: new Secret(kubeconfig) },
    namespace,
  } as const;
  const link = new KubeLinks(new AddressPolicy(settings), settings).openLink(target);
  return new CloudKubernetesProvider(target, link, settings);
}

export interface OrderWish {
  readonly image?: string;
  readonly amounts?: Partial<ResourceVector>;
  readonly gpuResource?: string | null;
  readonly nodeName?: string;
  readonly spec?: Partial<LaunchSpec>;
}

export function orderFor(
  cluster: Pick<ContractCluster, 'namespace' | 'nodeName' | 'image'>,
  wish: OrderWish = {},
): PodOrder {
  const podId = randomUUID();
  const reservationId = randomUUID();
  return {
    reference: { podId, reservationId, namespace: cluster.namespace, objectName: `web-${reservationId.slice(0, 8)}` },
    name: 'web',
    nodeName: wish.nodeName ?? cluster.nodeName,
    amounts: resources({ cpuMilli: 250, memoryBytes: 64 * MIB, podCount: 1, ...wish.amounts }),
    gpuResource: wish.gpuResource ?? null,
    spec: {
      image: wish.image ?? cluster.image('web'),
      command: [],
      args: [],
      env: [],
      ports: [],
      runAsNonRoot: false,
      ...wish.spec,
    },
  };
}

/** Watches from one list until a pod is as wished; nothing is missed in between. */
export async function podWhen(
  provider: ClusterProvider,
  order: PodOrder,
  isWished: (pod: PodInfo) => boolean,
): Promise<PodInfo> {
  const isIt = (pod: PodInfo) => pod.reservationId === order.reference.reservationId && isWished(pod);
  const { pods, cursor } = await provider.observe(CALL);
  const found = pods.find(isIt);
  if (found) return found;
  const stop = new AbortController();
  return new Promise((resolve, reject) => {
    provider
      .watch(
        cursor,
        (change) => {
          if (change.kind !== 'pod' || !isIt(change.pod)) return;
          resolve(change.pod);
          stop.abort();
        },
        { timeoutMs: 60_000, signal: stop.signal },
      )
      .then(() => reject(new Error('the watch ended before the pod was as wished')), reject);
  });
}

/** Asks until the answer is as wished: absence sends no event. The test's own time limit ends it. */
export async function findingWhen(
  provider: ClusterProvider,
  order: PodOrder,
  isWished: (finding: PodFinding) => boolean,
): Promise<PodFinding> {
  for (;;) {
    const finding = await provider.findPod(order.reference, CALL);
    if (isWished(finding)) return finding;
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
}

export const isGone = (finding: PodFinding): boolean => finding.found === 'gone';

export async function collect(chunks: AsyncIterable<string>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += chunk;
  return all;
}
