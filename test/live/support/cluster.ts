/** The cluster behind a machine, asked beside Berth: by kubeconfig where that leads somewhere, else by the kubectl of the facts. */
import { readFileSync } from 'node:fs';
import { KubeOutsider } from '../../support/kube-outsider.js';
import { machine, type MachineName } from '../facts.js';
import { eventually } from './eventually.js';
import { type Amount, amountOf, NONE, plus } from './quantities.js';
import { feedCommand, runCommand } from './run-command.js';

export const RESERVATION = 'berth.dev/reservation';
export const FOREIGN_NAMESPACE = 'berth-live-foreign';

export interface KubeObject {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly { readonly resources?: { readonly requests?: Readonly<Record<string, string>> } }[];
  };
  readonly status?: { readonly phase?: string; readonly allocatable?: Readonly<Record<string, string>> };
}

interface Asker {
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<void>;
  remove(path: string): Promise<void>;
  close(): Promise<void>;
}

function byKubeconfig(path: string): Asker {
  const outsider = new KubeOutsider(readFileSync(path, 'utf8'));
  const ask = async (method: 'GET' | 'POST' | 'DELETE', url: string, fine: readonly number[], body?: object) => {
    const answer = await outsider.call(method, url, body);
    if (!fine.includes(answer.status)) throw new Error(`${method} ${url}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    get: (url) => ask('GET', url, [200]),
    post: async (url, body) => void (await ask('POST', url, [200, 201, 409], body)),
    remove: async (url) => void (await ask('DELETE', url, [200, 202, 404])),
    close: () => outsider.close(),
  };
}

function byKubectl(kubectl: readonly string[]): Asker {
  const unless = (words: RegExp) => (error: unknown) => {
    if (!words.test(String((error as { stderr?: string }).stderr))) throw error;
  };
  return {
    get: async (url) => JSON.parse(await runCommand(kubectl, 'get', '--raw', url)) as unknown,
    async post(url, body) {
      await feedCommand(JSON.stringify(body), kubectl, 'create', '--raw', url, '-f', '-').catch(
        unless(/AlreadyExists/),
      );
    },
    async remove(url) {
      await runCommand(kubectl, 'delete', '--raw', url).catch(unless(/NotFound/));
    },
    close: async () => undefined,
  };
}

export interface ForeignPod {
  readonly name: string;
  readonly requests: Readonly<Record<string, string>>;
  /** Put there without asking the scheduler. */
  readonly nodeName?: string;
  /** Left to the scheduler, which may choose this node only. */
  readonly onlyNode?: string;
}

export class Cluster {
  readonly #asker: Asker;

  constructor(name: MachineName) {
    const { kubeconfig, kubectl } = machine(name);
    if (kubeconfig !== undefined) this.#asker = byKubeconfig(kubeconfig);
    else if (kubectl !== undefined) this.#asker = byKubectl(kubectl);
    else throw new Error(`the facts of "${name}" have neither kubeconfig nor kubectl`);
  }

  close(): Promise<void> {
    return this.#asker.close();
  }

  async list(path: string): Promise<readonly KubeObject[]> {
    return ((await this.#asker.get(path)) as { items: KubeObject[] }).items;
  }

  nodes(): Promise<readonly KubeObject[]> {
    return this.list('/api/v1/nodes');
  }

  /** Every pod that weighs on a node: on all of them, or in one namespace. */
  async pods(namespace?: string): Promise<readonly KubeObject[]> {
    return this.list(namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${namespace}/pods`);
  }

  deployments(namespace: string): Promise<readonly KubeObject[]> {
    return this.list(`/apis/apps/v1/namespaces/${namespace}/deployments`);
  }

  /** Names of all that a reservation has on the cluster: its Deployment, ReplicaSets and pods. */
  async tracesOf(namespace: string, reservationId: string): Promise<string[]> {
    const paths = [
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      `/apis/apps/v1/namespaces/${namespace}/replicasets`,
      `/api/v1/namespaces/${namespace}/pods`,
    ];
    const selector = `?labelSelector=${encodeURIComponent(`${RESERVATION}=${reservationId}`)}`;
    const found = await Promise.all(paths.map((path) => this.list(path + selector)));
    return found.flat().map(({ metadata }) => metadata.name);
  }

  /** What nodes offer, by name. */
  async allocatable(): Promise<Map<string, Amount>> {
    return new Map((await this.nodes()).map(({ metadata, status }) => [metadata.name, amountOf(status?.allocatable)]));
  }

  /** The sum of requests on each node, over pods that have not ended. */
  async requested(fits: (pod: KubeObject) => boolean = () => true): Promise<Map<string, Amount>> {
    const sums = new Map<string, Amount>();
    for (const pod of await this.pods()) {
      const node = pod.spec?.nodeName;
      if (node === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed' || !fits(pod))
        continue;
      const asks = (pod.spec?.containers ?? [])
        .map(({ resources }) => amountOf(resources?.requests))
        .reduce(plus, NONE);
      sums.set(node, plus(sums.get(node) ?? NONE, asks));
    }
    return sums;
  }

  async addForeign({ name, requests, nodeName, onlyNode }: ForeignPod): Promise<void> {
    const metadata = { name: FOREIGN_NAMESPACE };
    await this.#asker.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    const pinned = { matchFields: [{ key: 'metadata.name', operator: 'In', values: [onlyNode] }] };
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [pinned] } };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: FOREIGN_NAMESPACE },
      spec: {
        ...(nodeName === undefined ? {} : { nodeName }),
        ...(onlyNode === undefined ? {} : { affinity: { nodeAffinity: required } }),
        automountServiceAccountToken: false,
        containers: [{ name: 'app', image: 'registry.test/web:1', resources: { requests, limits: requests } }],
      },
    };
    // A new namespace refuses pods until its service account is there.
    await eventually(`the cluster takes the foreign pod ${name}`, async () => {
      await this.#asker.post(`/api/v1/namespaces/${FOREIGN_NAMESPACE}/pods`, pod);
      return true;
    });
  }

  removeForeign(name: string): Promise<void> {
    return this.#asker.remove(`/api/v1/namespaces/${FOREIGN_NAMESPACE}/pods/${name}?gracePeriodSeconds=0`);
  }

  removeDeployment(namespace: string, name: string): Promise<void> {
    return this.#asker.remove(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}?propagationPolicy=Background`);
  }

  /** Removes what an earlier run may have left in the suite's own namespaces; resolves when nothing of it is there. */
  async clean(namespace: string): Promise<boolean> {
    for (const { metadata } of await this.deployments(namespace)) await this.removeDeployment(namespace, metadata.name);
    for (const { metadata } of await this.pods(FOREIGN_NAMESPACE)) await this.removeForeign(metadata.name);
    return (await this.pods(namespace)).length + (await this.pods(FOREIGN_NAMESPACE)).length === 0;
  }
}
