/**
 * One real cluster of the simulated world, whatever Berth believes of it. It outlives every life of Berth. It notes what was done to it
 * by whom, so that the checker can tell evidence from guesses.
 */
import type { PodOrder, PodReference } from '../../src/domain/pod.js';
import type { PodInfo } from '../../src/domain/pod-info.js';
import type { NodeInfo } from '../../src/domain/node.js';
import { resources } from '../../src/domain/resources.js';
import type { ClusterSnapshot, PodFinding } from '../../src/providers/cluster-provider.js';
import { SandboxCluster } from '../../src/providers/sandbox/sandbox-cluster.js';
import { SANDBOX_TIMES } from '../../src/providers/sandbox/sandbox-times.js';
import { sandboxConnection } from '../support/server-record.js';
import type { Chance } from './chance.js';

const GIB = 2 ** 30;
const TIMES = { ...SANDBOX_TIMES, startMs: 40, stopMs: 150, slowMs: 2_000, stickyMs: 4_000 };

export type Link = 'up' | 'refused' | 'silent';

export class Site {
  readonly cluster: SandboxCluster;
  readonly uid: string;
  link: Link = 'up';
  /** By reservation id: how often its Deployment was made. */
  readonly made = new Map<string, number>();
  /** Reservations whose Deployment somebody else took away. */
  readonly taken = new Set<string>();
  readonly #references = new Map<string, PodReference>();
  #foreign = 0;

  constructor(
    readonly seed: number,
    nodeCount: number,
    private readonly chance: Chance,
  ) {
    const shape = { seed, nodeCount, cpuMilliPerNode: 4_000, memoryBytesPerNode: 8 * GIB, gpuCountPerNode: seed % 2 };
    this.cluster = new SandboxCluster(sandboxConnection(shape), TIMES);
    this.uid = `uid-${seed}`;
  }

  create(order: PodOrder): void {
    const { reservationId } = order.reference;
    const isNew = !this.has(reservationId);
    this.cluster.create(order);
    this.#references.set(reservationId, order.reference);
    if (isNew) this.made.set(reservationId, (this.made.get(reservationId) ?? 0) + 1);
  }

  delete(reference: PodReference): void {
    this.cluster.delete(reference);
  }

  find(reference: PodReference): PodFinding {
    return this.cluster.find(reference);
  }

  snapshot(): ClusterSnapshot {
    return this.cluster.snapshot();
  }

  /** Reservation ids of what Berth made here and is still here. */
  get objects(): string[] {
    return this.snapshot().pods.flatMap(({ reservationId }) => reservationId ?? []);
  }

  has(reservationId: string): boolean {
    return this.snapshot().pods.some((pod) => pod.reservationId === reservationId);
  }

  get nodes(): readonly NodeInfo[] {
    return this.snapshot().nodes;
  }

  get strangers(): PodInfo[] {
    return this.snapshot().pods.filter(({ reservationId }) => reservationId === null);
  }

  /** Somebody deletes what Berth made. */
  take(reservationId: string): void {
    const reference = this.#references.get(reservationId);
    if (!reference) return;
    this.taken.add(reservationId);
    this.cluster.delete(reference);
  }

  removeNode(name: string): void {
    for (const pod of this.snapshot().pods) {
      if (pod.nodeName === name && pod.reservationId !== null) this.taken.add(pod.reservationId);
    }
    this.cluster.removeNode(name);
  }

  /** Somebody starts a pod beside Berth; on no node yet when `nodeName` is null. */
  addStranger(nodeName: string | null): void {
    this.#foreign += 1;
    const [model] = this.strangers;
    if (!model) return;
    this.cluster.setForeignPod({
      ...model,
      uid: `stranger-${this.seed}-${this.#foreign}`,
      name: `stranger-${this.#foreign}`,
      nodeName,
      phase: nodeName === null ? 'Pending' : 'Running',
      request: resources({
        cpuMilli: this.chance.whole(1, 15) * 100,
        memoryBytes: this.chance.whole(1, 20) * 1e8,
        podCount: 1,
      }),
    });
  }
}
