/** Somebody who works on the cluster beside Berth, over the same API, fake or real. */
import { Agent, request } from 'undici';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: {
      readonly token?: string;
      readonly 'client-certificate-data'?: string;
      readonly 'client-key-data'?: string;
    };
  }[];
}

const decoded = (base64: string | undefined) =>
  base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export class KubeOutsider {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #token: string | undefined;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
    if (!cluster || !user) throw new Error('the kubeconfig has no cluster or no user');
    const ca = decoded(cluster['certificate-authority-data']);
    const [cert, key] = [decoded(user['client-certificate-data']), decoded(user['client-key-data'])];
    this.#server = cluster.server;
    this.#token = user.token;
    this.#agent = new Agent({ connect: { ...(ca && { ca }), ...(cert && key && { cert, key }) } });
  }

  async call(method: 'GET' | 'POST' | 'DELETE' | 'PATCH', path: string, body?: object): Promise<Answer> {
    const { statusCode, body: answer } = await request(`${this.#server}${path}`, {
      method,
      dispatcher: this.#agent,
      headers: {
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    return { status: statusCode, body: (await answer.json()) as Record<string, unknown> };
  }

  async addNamespace(name: string): Promise<void> {
    await this.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }

  /** A pod of his own, of 250m and 64Mi, on a chosen node. */
  addPod(namespace: string, name: string, nodeName: string, labels: Record<string, string> = {}): Promise<Answer> {
    const resources = { requests: { cpu: '250m', memory: '64Mi' } };
    return this.call('POST', `/api/v1/namespaces/${namespace}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels },
      spec: { nodeName, containers: [{ name: 'app', image: 'registry.test/app:1', resources }] },
    });
  }

  removePod(namespace: string, name: string): Promise<Answer> {
    return this.call('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}`, { gracePeriodSeconds: 0 });
  }

  /** A Deployment without Berth's labels. */
  addDeployment(namespace: string, name: string): Promise<Answer> {
    const labels = { app: name };
    return this.call('POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'app', image: 'registry.test/app:1' }] } },
      },
    });
  }

  /** The names of what carries a reservation's label. */
  async namesOf(path: string, reservationId: string): Promise<string[]> {
    const { body } = await this.call('GET', `${path}?labelSelector=berth.dev/reservation%3D${reservationId}`);
    return (body['items'] as { metadata: { name: string } }[]).map((each) => each.metadata.name);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}
