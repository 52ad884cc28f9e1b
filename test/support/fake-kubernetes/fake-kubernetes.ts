/**
 * A small Kubernetes API over HTTPS, in memory: enough of an API server, its controllers, a scheduler and a kubelet that Berth cannot tell.
 * Tests play the outsider through its methods. `requests` holds every request line as it came over the wire.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type CertificateAuthority, makeAuthority } from '../certificates.js';
import { type Address, addressOf, send, sendNotFound, sendStatus } from './fake-answers.js';
import { FakeControllers, type Pace } from './fake-controllers.js';
import { FakeLogs } from './fake-logs.js';
import { FakeStore, KINDS, type KubeObject, type Loose, type Metadata, type Resource } from './fake-store.js';
import { FakeWatches } from './fake-watch.js';

export interface NodeWish {
  readonly cpu?: string;
  readonly memory?: string;
  readonly storage?: string;
  readonly gpu?: number;
  readonly pods?: number;
}

export interface FakeOptions {
  readonly nodes?: readonly string[];
  readonly gpus?: number;
  readonly hasMetrics?: boolean;
  readonly isRbacOn?: boolean;
  readonly pace?: Partial<Pace>;
}

/** What an API server that refuses says, to whom. */
export interface Refusal {
  readonly method: string;
  readonly path: RegExp;
  readonly status: number;
  readonly message: string;
}

const TOKEN = 'fake-admin-token';
const PACE: Pace = { startMs: 5, slowMs: 400, stopMs: 5, stickyMs: 400 };

function nodeStatus(wish: NodeWish): Loose {
  const amounts = {
    cpu: wish.cpu ?? '8',
    memory: wish.memory ?? '32Gi',
    'ephemeral-storage': wish.storage ?? '100Gi',
    pods: String(wish.pods ?? 110),
    ...(wish.gpu ? { 'nvidia.com/gpu': String(wish.gpu) } : {}),
  };
  return {
    allocatable: amounts,
    capacity: { ...amounts, cpu: '64', memory: '256Gi' },
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.36.0', osImage: 'Fake Linux', architecture: 'amd64' },
  };
}

async function readBody(request: IncomingMessage): Promise<Loose | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  try {
    return JSON.parse(Buffer.concat(chunks).toString()) as Loose;
  } catch {
    return null;
  }
}

export class FakeKubernetes {
  readonly store = new FakeStore();
  readonly watches = new FakeWatches(this.store, { gone: 'http', bookmarkMs: 200 });
  readonly logs = new FakeLogs();
  readonly controllers: FakeControllers;
  readonly requests: { readonly method: string; readonly url: string }[] = [];
  readonly authority: CertificateAuthority = makeAuthority({ commonName: 'fake kubernetes CA' });
  /** While set, such requests are answered by it. */
  refusal: Refusal | null = null;
  version = 'v1.36.0-fake';
  readonly #server: Server;
  readonly #pages = new Map<string, { readonly items: KubeObject[]; readonly version: number }>();

  constructor(private readonly options: FakeOptions = {}) {
    this.controllers = new FakeControllers(this.store, { ...PACE, ...options.pace });
    const { certificatePem: cert, keyPem: key } = this.authority.issue({
      commonName: 'kube-apiserver',
      ipAddresses: ['127.0.0.1'],
    });
    this.#server = createServer({ cert, key }, (request, response) => void this.#serve(request, response));
    for (const name of ['kube-system', 'default']) this.store.create('namespaces', { metadata: { name } });
    for (const name of options.nodes ?? ['node-a', 'node-b']) this.addNode(name, { gpu: options.gpus ?? 4 });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    this.controllers.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  kubeconfig(): string {
    const ca = Buffer.from(this.authority.certificatePem).toString('base64');
    return [
      'apiVersion: v1',
      'kind: Config',
      'clusters:',
      `- {name: fake, cluster: {server: '${this.url}', certificate-authority-data: ${ca}}}`,
      'contexts:',
      '- {name: fake, context: {cluster: fake, user: admin}}',
      'current-context: fake',
      'users:',
      `- {name: admin, user: {token: ${TOKEN}}}`,
      '',
    ].join('\n');
  }

  addNode(name: string, wish: NodeWish = {}): void {
    this.store.create('nodes', { metadata: { name }, spec: {}, status: nodeStatus(wish) });
  }

  removeNode(name: string): void {
    const node = this.store.find('nodes', undefined, name);
    if (node) this.store.remove('nodes', node);
  }

  /** A pod of somebody else. `spec` and `status` replace the plain ones. */
  addPod(
    name: string,
    nodeName: string,
    over: { spec?: Loose; status?: Loose; labels?: Record<string, string> } = {},
  ): KubeObject {
    const resources = { requests: { cpu: '500m', memory: '1Gi' } };
    const pod = this.store.create('pods', {
      metadata: { name, namespace: 'default', labels: over.labels ?? {} },
      spec: { nodeName, containers: [{ name: 'app', image: 'registry.test/app:1', resources }], ...over.spec },
      status: { phase: 'Running', startTime: new Date().toISOString(), ...over.status },
    });
    if (!pod) throw new Error(`a pod ${name} is there already`);
    return pod;
  }

  removePod(pod: KubeObject): void {
    this.store.remove('pods', pod);
  }

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.store.find(resource, namespace, name);
  }

  /** Resolves with the first object that `test` accepts, at once or when it comes. */
  waitFor(resource: Resource, test: (object: KubeObject) => boolean): Promise<KubeObject> {
    const found = this.store.list(resource).find(test);
    if (found) return Promise.resolve(found);
    return new Promise((resolve) => {
      const unsubscribe = this.store.onChange((change) => {
        if (change.resource !== resource || change.type === 'DELETED' || !test(change.object)) return;
        unsubscribe();
        resolve(change.object);
      });
    });
  }

  /** From now on, pages of lists begun before are refused with 410. */
  expirePages(): void {
    this.#pages.clear();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? 'GET';
    this.requests.push({ method, url: request.url ?? '' });
    const url = new URL(request.url ?? '/', this.url);
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return sendStatus(response, 401, 'Unauthorized', 'Unauthorized');
    if (url.pathname === '/version') return send(response, 200, { major: '1', minor: '36', gitVersion: this.version });
    const { refusal } = this;
    if (refusal !== null && refusal.method === method && refusal.path.test(url.pathname))
      return sendStatus(response, refusal.status, 'Invalid', refusal.message);
    if (url.pathname.startsWith('/apis/metrics.k8s.io/')) return this.#serveMetrics(url.pathname, response);
    const body = method === 'GET' ? null : await readBody(request);
    if (url.pathname === '/apis/authorization.k8s.io/v1/subjectaccessreviews') {
      return send(response, 201, { ...body, status: { allowed: this.options.isRbacOn === false } });
    }
    const address = addressOf(url.pathname);
    if (address === null)
      return sendStatus(response, 404, 'NotFound', 'the server could not find the requested resource');
    if (method === 'POST') return this.#create(address, body, response);
    if (method === 'DELETE') return this.#delete(address, body, response);
    if (url.searchParams.get('watch') === 'true') {
      return this.watches.serve(response, address.resource, url.searchParams, address.namespace);
    }
    if (address.name === undefined) return this.#list(address, url.searchParams, response);
    const found = this.store.find(address.resource, address.namespace, address.name);
    if (!found) return sendNotFound(response, address.resource, address.name);
    return address.isLog ? this.logs.serve(found, response, url.searchParams) : send(response, 200, found);
  }

  #create({ resource, namespace }: Address, body: Loose | null, response: ServerResponse): void {
    const metadata = body?.['metadata'] as Partial<Metadata> | undefined;
    if (!metadata?.name) return sendStatus(response, 400, 'BadRequest', 'the body is not an object with a name');
    const home = namespace === undefined ? undefined : this.store.find('namespaces', undefined, namespace);
    if (namespace !== undefined && !home) return sendNotFound(response, 'namespaces', namespace);
    if (home?.metadata.deletionTimestamp) {
      return sendStatus(
        response,
        403,
        'Forbidden',
        `unable to create new content in namespace ${namespace} because it is being terminated`,
      );
    }
    if (JSON.stringify(body).includes('"image":""')) {
      return sendStatus(
        response,
        422,
        'Invalid',
        `${KINDS[resource][1]} "${metadata.name}" is invalid: image: Required value`,
      );
    }
    const made = this.store.create(resource, {
      ...body,
      metadata: { ...metadata, name: metadata.name, ...(namespace === undefined ? {} : { namespace }) },
    });
    if (!made) {
      return sendStatus(response, 409, 'AlreadyExists', `${resource} "${metadata.name}" already exists`, {
        name: metadata.name,
        kind: resource,
      });
    }
    send(response, 201, made);
  }

  #delete({ resource, namespace, name = '' }: Address, body: Loose | null, response: ServerResponse): void {
    const found = this.store.find(resource, namespace, name);
    if (!found) return sendNotFound(response, resource, name);
    const uid = (body?.['preconditions'] as { uid?: string } | undefined)?.uid;
    if (uid !== undefined && uid !== found.metadata.uid) {
      return sendStatus(response, 409, 'Conflict', `Precondition failed: UID in precondition: ${uid}`);
    }
    if (body?.['propagationPolicy'] === 'Orphan') this.controllers.orphan(resource, found);
    else if (resource === 'deployments' || resource === 'replicasets' || resource === 'pods')
      this.controllers.delete(resource, found);
    else this.store.remove(resource, found);
    send(response, 200, this.store.find(resource, namespace, name) ?? found);
  }

  #list({ resource, namespace }: Address, query: URLSearchParams, response: ServerResponse): void {
    const [apiVersion, kind] = KINDS[resource];
    const token = query.get('continue');
    const [id = '', start = '0'] = token?.split('.') ?? [`${this.#pages.size + 1}-${Math.random()}`.replace('.', '')];
    const selected =
      token === null
        ? { items: this.#select(resource, namespace, query), version: this.store.version }
        : this.#pages.get(id);
    if (!selected) return sendStatus(response, 410, 'Expired', 'The provided continue parameter is too old');
    const limit = Number(query.get('limit') ?? 0) || selected.items.length;
    const end = Number(start) + limit;
    const hasMore = end < selected.items.length;
    if (hasMore) this.#pages.set(id, selected);
    const metadata = { resourceVersion: String(selected.version), ...(hasMore ? { continue: `${id}.${end}` } : {}) };
    send(response, 200, { apiVersion, kind: `${kind}List`, metadata, items: selected.items.slice(Number(start), end) });
  }

  #select(resource: Resource, namespace: string | undefined, query: URLSearchParams): KubeObject[] {
    const [label, value] = query.get('labelSelector')?.split('=') ?? [];
    const [field, wanted] = query.get('fieldSelector')?.split('=') ?? [];
    return this.store.list(resource, namespace).filter((each) => {
      if (label !== undefined && each.metadata.labels?.[label] !== value) return false;
      if (field === undefined) return true;
      const about = (each as unknown as { involvedObject?: { name?: string } }).involvedObject;
      return field === 'involvedObject.name' && about?.name === wanted;
    });
  }

  #serveMetrics(path: string, response: ServerResponse): void {
    if (this.options.hasMetrics !== true)
      return sendStatus(response, 404, 'NotFound', 'the server could not find the requested resource');
    const timestamp = new Date().toISOString();
    const usage = { cpu: '100m', memory: '64Mi' };
    const items = path.endsWith('/nodes')
      ? this.store.list('nodes').map(({ metadata: { name } }) => ({ metadata: { name }, timestamp, usage }))
      : this.store.list('pods').map(({ metadata: { name, namespace } }) => ({
          metadata: { name, namespace },
          timestamp,
          containers: [{ name: 'main', usage }],
        }));
    send(response, 200, { kind: 'List', items });
  }
}
