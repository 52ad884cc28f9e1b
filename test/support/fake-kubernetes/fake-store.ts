/** Objects in memory with resource versions and a history, as etcd and the watch cache have them. */
import { randomUUID } from 'node:crypto';

export interface Metadata {
  name: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  creationTimestamp: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller: boolean }[];
}

/** Kubernetes objects are open by nature; the fake reads only what it wrote. */
export type Loose = Record<string, unknown>;

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: Metadata;
  spec?: Loose;
  status?: Loose;
}

export type Resource = 'namespaces' | 'nodes' | 'pods' | 'events' | 'deployments' | 'replicasets';

export const KINDS: Readonly<Record<Resource, readonly [apiVersion: string, kind: string]>> = {
  namespaces: ['v1', 'Namespace'],
  nodes: ['v1', 'Node'],
  pods: ['v1', 'Pod'],
  events: ['v1', 'Event'],
  deployments: ['apps/v1', 'Deployment'],
  replicasets: ['apps/v1', 'ReplicaSet'],
};

export interface Change {
  readonly version: number;
  readonly resource: Resource;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubeObject;
}

const keyOf = (namespace: string | undefined, name: string) => `${namespace ?? ''}/${name}`;

export class FakeStore {
  version = 1_000;
  /** Versions up to this one are forgotten: a watch from before gets 410. */
  compactedTo = 1_000;
  readonly #objects = new Map<Resource, Map<string, KubeObject>>();
  readonly #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  list(resource: Resource, namespace?: string): KubeObject[] {
    const all = [...(this.#objects.get(resource)?.values() ?? [])];
    return namespace === undefined ? all : all.filter((each) => each.metadata.namespace === namespace);
  }

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#objects.get(resource)?.get(keyOf(namespace, name));
  }

  /** The stored object; undefined when the name is taken. */
  create(
    resource: Resource,
    wanted: { metadata: Partial<Metadata> & { name: string }; spec?: Loose; status?: Loose } & Loose,
  ) {
    const { namespace, name } = wanted.metadata;
    if (this.find(resource, namespace, name)) return undefined;
    const [apiVersion, kind] = KINDS[resource];
    const object: KubeObject = structuredClone({
      ...wanted,
      apiVersion,
      kind,
      metadata: {
        ...wanted.metadata,
        uid: randomUUID(),
        resourceVersion: '',
        creationTimestamp: new Date().toISOString(),
      },
    });
    this.#write(resource, 'ADDED', object);
    return object;
  }

  /** Replaces what `change` changes; a version is spent only if it changed something. */
  update(resource: Resource, object: KubeObject, change: (draft: KubeObject) => void): void {
    const current = this.find(resource, object.metadata.namespace, object.metadata.name);
    if (!current || current.metadata.uid !== object.metadata.uid) return;
    const draft = structuredClone(current);
    change(draft);
    if (JSON.stringify(draft) !== JSON.stringify(current)) this.#write(resource, 'MODIFIED', draft);
  }

  remove(resource: Resource, object: KubeObject): void {
    const current = this.find(resource, object.metadata.namespace, object.metadata.name);
    if (current?.metadata.uid === object.metadata.uid) this.#write(resource, 'DELETED', structuredClone(current));
  }

  since(resource: Resource, version: number): Change[] {
    return this.#history.filter((each) => each.resource === resource && each.version > version);
  }

  /** Forgets the past, as etcd's compaction does. */
  compact(): void {
    this.compactedTo = this.version;
    this.#history.length = 0;
  }

  #write(resource: Resource, type: Change['type'], object: KubeObject): void {
    const version = ++this.version;
    object.metadata.resourceVersion = String(version);
    const objects = this.#objects.get(resource) ?? new Map<string, KubeObject>();
    this.#objects.set(resource, objects);
    const key = keyOf(object.metadata.namespace, object.metadata.name);
    if (type === 'DELETED') objects.delete(key);
    else objects.set(key, object);
    const change: Change = { version, resource, type, object };
    this.#history.push(change);
    for (const listener of this.#listeners) listener(change);
  }
}
