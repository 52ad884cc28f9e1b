/**
 * The control plane in little: deployment and replica-set controllers, scheduler, kubelet, garbage collector.
 * Each step looks at what is stored and does one thing; steps repeat until nothing changes.
 */
import { containersOf, creatingStatus, lifeOf, startedStatus } from './fake-kubelet.js';
import type { FakeStore, KubeObject, Loose, Resource } from './fake-store.js';

const FOREGROUND = 'foregroundDeletion';

export interface Pace {
  /** How long a pod is creating before it runs, in ms. */
  readonly startMs: number;
  readonly slowMs: number;
  readonly stopMs: number;
  readonly stickyMs: number;
}

const isGoing = (object: KubeObject) => object.metadata.deletionTimestamp !== undefined;
const owns = (owner: KubeObject, each: KubeObject) =>
  each.metadata.ownerReferences?.some((reference) => reference.uid === owner.metadata.uid) === true;

const ownedBy = (owner: KubeObject) => [
  {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
  },
];

/** Plain amounts suffice here: the fake is sent what Berth writes, and whole numbers by tests. */
function amount(text: unknown): number {
  const match = /^(\d+)(m|Ki|Mi|Gi)?$/.exec(typeof text === 'string' ? text : '0');
  const factors: Record<string, number> = { m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 };
  return Number(match?.[1] ?? 0) * (factors[match?.[2] ?? ''] ?? 1);
}

function requestsOf(pod: KubeObject): Record<string, number> {
  const total: Record<string, number> = { pods: 1 };
  for (const { resources } of containersOf(pod)) {
    for (const [name, text] of Object.entries((resources?.['requests'] ?? {}) as Loose)) {
      total[name] = (total[name] ?? 0) + amount(text);
    }
  }
  return total;
}

export class FakeControllers {
  #isScheduled = false;
  #isStopped = false;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    private readonly store: FakeStore,
    private readonly pace: Pace,
  ) {
    store.onChange(() => this.#wake());
  }

  /** While false, nothing is made, scheduled or started: a control plane whose controllers are down. */
  isOn = true;

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  /** Looks again at once, e.g. after `isOn` was switched. */
  nudge(): void {
    this.#wake();
  }

  #wake(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      if (this.#isStopped || !this.isOn) return;
      this.#collect();
      this.#deploy();
      this.#schedule();
      this.#runPods();
    });
  }

  #after(key: string, ms: number, act: () => void): void {
    if (this.#timers.has(key)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(key);
      if (!this.#isStopped) act();
    }, ms);
    this.#timers.set(key, timer);
  }

  /** Foreground deletion: an owner goes after what it owns. Orphans of an owner that is gone go too, unless they were let go. */
  #collect(): void {
    for (const resource of ['deployments', 'replicasets'] as const) {
      for (const owner of this.store.list(resource)) {
        if (!owner.metadata.finalizers?.includes(FOREGROUND)) continue;
        const owned = (['replicasets', 'pods'] as const).flatMap((each) =>
          this.store
            .list(each)
            .filter((one) => owns(owner, one))
            .map((one) => [each, one] as const),
        );
        for (const [each, one] of owned) if (!isGoing(one)) this.delete(each, one);
        if (owned.length === 0) this.store.remove(resource, owner);
      }
    }
  }

  /** What a DELETE does: marks, and lets the rest follow. */
  delete(resource: 'deployments' | 'replicasets' | 'pods', object: KubeObject): void {
    this.store.update(resource, object, (draft) => {
      draft.metadata.deletionTimestamp ??= new Date().toISOString();
      if (resource !== 'pods') draft.metadata.finalizers = [FOREGROUND];
    });
  }

  /** A DELETE that leaves what the object owns. */
  orphan(resource: Resource, owner: KubeObject): void {
    for (const each of ['replicasets', 'pods'] as const) {
      for (const one of this.store.list(each).filter((candidate) => owns(owner, candidate))) {
        this.store.update(each, one, (draft) => {
          delete draft.metadata.ownerReferences;
        });
      }
    }
    this.store.remove(resource, owner);
  }

  #deploy(): void {
    for (const deployment of this.store.list('deployments')) {
      if (isGoing(deployment) || this.store.list('replicasets').some((each) => owns(deployment, each))) continue;
      this.#make('replicasets', deployment, 'abc12', deployment.spec);
    }
    for (const set of this.store.list('replicasets')) {
      const pods = this.store.list('pods').filter((each) => owns(set, each));
      const isServed = pods.some((each) => !isGoing(each) && each.status?.['phase'] !== 'Failed');
      if (isGoing(set) || isServed) continue;
      this.#make(
        'pods',
        set,
        Math.random().toString(36).slice(2, 7),
        ((set.spec?.['template'] ?? {}) as Loose)['spec'] as Loose,
      );
    }
  }

  #make(resource: 'replicasets' | 'pods', owner: KubeObject, suffix: string, spec: Loose | undefined): void {
    const template = (owner.spec?.['template'] ?? {}) as { metadata?: { labels?: Record<string, string> } };
    const made = this.store.create(resource, {
      metadata: {
        name: `${owner.metadata.name}-${suffix}`,
        namespace: owner.metadata.namespace ?? '',
        labels: { ...template.metadata?.labels },
        ownerReferences: ownedBy(owner),
      },
      spec: structuredClone(spec ?? {}),
      status: resource === 'pods' ? { phase: 'Pending' } : {},
    });
    if (made)
      this.note(owner, resource === 'pods' ? 'SuccessfulCreate' : 'ScalingReplicaSet', `Created ${made.metadata.name}`);
  }

  note(about: KubeObject, reason: string, message: string, type = 'Normal'): void {
    const at = new Date().toISOString();
    const { name, namespace = 'default', uid } = about.metadata;
    this.store.create('events', {
      metadata: { name: `${name}.${Math.random().toString(16).slice(2)}`, namespace },
      involvedObject: { kind: about.kind, name, namespace, uid },
      type,
      reason,
      message,
      count: 1,
      firstTimestamp: at,
      lastTimestamp: at,
    });
  }

  #schedule(): void {
    for (const pod of this.store.list('pods')) {
      if (pod.spec?.['nodeName'] !== undefined || isGoing(pod)) continue;
      const node = this.store.list('nodes').find((each) => this.#fits(pod, each));
      if (node) {
        this.store.update('pods', pod, (draft) => {
          draft.spec = { ...draft.spec, nodeName: node.metadata.name };
          draft.status = creatingStatus(draft);
        });
        continue;
      }
      const message = `0/${this.store.list('nodes').length} nodes are available: 1 Insufficient resources.`;
      if (pod.status?.['conditions'] === undefined) this.note(pod, 'FailedScheduling', message, 'Warning');
      this.store.update('pods', pod, (draft) => {
        const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message };
        draft.status = { ...draft.status, phase: 'Pending', conditions: [condition] };
      });
    }
  }

  #fits(pod: KubeObject, node: KubeObject): boolean {
    const affinity = JSON.stringify(pod.spec?.['affinity'] ?? null);
    const pinned = /"key":"metadata.name","operator":"In","values":\["([^"]+)"\]/.exec(affinity)?.[1];
    if (pinned !== undefined && pinned !== node.metadata.name) return false;
    if (node.spec?.['unschedulable'] === true || isGoing(node)) return false;
    const free: Record<string, number> = {};
    for (const [name, text] of Object.entries((node.status?.['allocatable'] ?? {}) as Loose)) free[name] = amount(text);
    for (const other of this.store.list('pods')) {
      if (other.spec?.['nodeName'] !== node.metadata.name) continue;
      if (other.status?.['phase'] === 'Succeeded' || other.status?.['phase'] === 'Failed') continue;
      for (const [name, taken] of Object.entries(requestsOf(other))) free[name] = (free[name] ?? 0) - taken;
    }
    return Object.entries(requestsOf(pod)).every(([name, asked]) => asked <= (free[name] ?? 0) + 1e-9);
  }

  #runPods(): void {
    for (const pod of this.store.list('pods')) {
      const lives = new Set(containersOf(pod).map(({ image }) => lifeOf(image)));
      if (isGoing(pod)) {
        const ms = lives.has('sticky') ? this.pace.stickyMs : this.pace.stopMs;
        this.#after(`stop ${pod.metadata.uid}`, ms, () => this.store.remove('pods', pod));
      } else if (pod.spec?.['nodeName'] !== undefined && pod.status?.['startTime'] === undefined) {
        const ms = lives.has('slow') ? this.pace.slowMs : this.pace.startMs;
        this.#after(`start ${pod.metadata.uid}`, ms, () =>
          this.store.update('pods', pod, (draft) => {
            draft.status = startedStatus(draft);
          }),
        );
      }
    }
  }
}
