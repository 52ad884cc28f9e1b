/**
 * One pretend cluster: nodes, what others run there, and what Berth created. It lives in this process under its server's id, outlives
 * the provider that opened it, and is empty of our pods after a restart of the process: what was there is then truly gone.
 * Invariant: the requests of live pods on a node never exceed what the node offers; a pod that does not fit waits as unschedulable.
 */
import { randomUUID } from 'node:crypto';
import { ClusterError } from '../../domain/errors.js';
import { closedReason, type NodeInfo, offered } from '../../domain/node.js';
import { isLive, type PodInfo } from '../../domain/pod-info.js';
import type { PodOrder, PodReference } from '../../domain/pod.js';
import { fits, type ResourceVector, subtract, sum } from '../../domain/resources.js';
import type { SandboxConnection } from '../../domain/server.js';
import type { ClusterSnapshot, PodFinding } from '../cluster-provider.js';
import { ChangeLog } from './change-log.js';
import { imageLife, isSticky, type LifeStep } from './image-life.js';
import { Neighbours } from './neighbours.js';
import { foreignPods, nodeName, pretendNode } from './sandbox-nodes.js';
import { EventBook, lived, pendingPod, type SandboxPod } from './sandbox-pod.js';
import type { SandboxTimes } from './sandbox-times.js';

/** A pretend Deployment with one replica. */
interface Placed {
  readonly pod: SandboxPod;
  readonly events: EventBook;
  /** Deleted, and its pod is on the way out. */
  isDeleted: boolean;
}

export class SandboxCluster {
  readonly changes = new ChangeLog(randomUUID());
  readonly #nodes = new Map<string, NodeInfo>();
  readonly #foreign = new Map<string, PodInfo>();
  readonly #placed = new Map<string, Placed>();
  readonly #neighbours: Neighbours;
  #shape: SandboxConnection;

  constructor(
    connection: SandboxConnection,
    private readonly times: SandboxTimes,
  ) {
    this.#shape = connection;
    this.#neighbours = new Neighbours(this, connection);
    this.reshape(connection);
    this.#neighbours.start();
  }

  /** Gives the cluster the nodes that the connection asks for. */
  reshape(connection: SandboxConnection): void {
    this.#shape = connection;
    const wanted = new Set(Array.from({ length: connection.nodeCount }, (_, index) => nodeName(index)));
    for (const name of this.#nodes.keys()) if (!wanted.has(name)) this.removeNode(name);
    for (let index = 0; index < connection.nodeCount; index += 1) this.#shapeNode(index);
    this.#schedule();
  }

  #shapeNode(index: number): void {
    const known = this.#nodes.get(nodeName(index));
    const fresh = pretendNode(this.#shape, index);
    this.setNode(
      known ? { ...fresh, isReady: known.isReady, isCordoned: known.isCordoned, taints: known.taints } : fresh,
    );
    if (known) return;
    if (this.#shape.scene) this.#neighbours.moveIn(nodeName(index));
    else for (const pod of foreignPods(this.#shape.seed, index, new Date().toISOString())) this.setForeignPod(pod);
  }

  /** Plays the administrator of the cluster: adds or changes a node. */
  setNode(node: NodeInfo): void {
    this.#nodes.set(node.name, node);
    this.changes.append({ kind: 'node', node });
    this.#schedule();
  }

  /** The last node stops answering; its pods stay as they were. */
  loseNode(): void {
    const last = [...this.#nodes.values()].at(-1);
    if (last) this.setNode({ ...last, isReady: false });
  }

  /** The node is lost, and what ran there with it. */
  removeNode(name: string): void {
    this.#nodes.delete(name);
    this.changes.append({ kind: 'node-gone', name });
    for (const pod of this.#foreign.values()) if (pod.nodeName === name) this.removeForeignPod(pod.uid);
    for (const [key, placed] of this.#placed) if (placed.pod.info.nodeName === name) this.#remove(key, placed);
  }

  /** Plays the outsider who runs pods beside Berth. */
  setForeignPod(pod: PodInfo): void {
    this.#foreign.set(pod.uid, pod);
    this.changes.append({ kind: 'pod', pod });
  }

  removeForeignPod(uid: string): void {
    if (!this.#foreign.delete(uid)) return;
    this.changes.append({ kind: 'pod-gone', uid });
    this.#schedule();
  }

  /** Pods of others on a node. */
  foreignOn(name: string): PodInfo[] {
    const here: PodInfo[] = [];
    for (const pod of this.#foreign.values()) if (pod.nodeName === name) here.push(pod);
    return here;
  }

  nodeNames(): string[] {
    return [...this.#nodes.keys()];
  }

  /** What is left on a node; null when it takes no pods. */
  roomOn(name: string): ResourceVector | null {
    const node = this.#nodes.get(name);
    if (!node || closedReason(node)) return null;
    const taken = this.#pods().filter((pod) => pod.nodeName === name && isLive(pod));
    return subtract(offered(node), sum(taken.map((pod) => pod.request)));
  }

  snapshot(): ClusterSnapshot {
    return { nodes: [...this.#nodes.values()], pods: this.#pods(), cursor: this.changes.cursor };
  }

  create(order: PodOrder): void {
    const key = keyOf(order.reference);
    const known = this.#placed.get(key);
    if (known && known.pod.order.reference.reservationId !== order.reference.reservationId) {
      throw new ClusterError(
        'KUBERNETES_CONFLICT',
        `The name ${order.reference.objectName} is taken there.`,
        'refused',
      );
    }
    if (known) return;
    const placed: Placed = { pod: pendingPod(order), events: new EventBook(), isDeleted: false };
    this.#placed.set(key, placed);
    const { objectName } = order.reference;
    placed.events.add(`Deployment/${objectName}`, {
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: `Scaled up ${objectName} to 1`,
    });
    this.changes.append({ kind: 'pod', pod: placed.pod.info });
    this.#schedule();
  }

  delete(reference: PodReference): void {
    const key = keyOf(reference);
    const placed = this.#placed.get(key);
    if (!placed || placed.isDeleted || placed.pod.order.reference.reservationId !== reference.reservationId) return;
    placed.isDeleted = true;
    const { pod } = placed;
    if (pod.timer) clearTimeout(pod.timer);
    this.#publish(placed, { ...pod.info, isTerminating: true, isReady: false });
    this.#tell(placed, { type: 'Normal', reason: 'Killing', message: 'Stopping container main' });
    const ms = isSticky(pod.order.spec.image) ? this.times.stickyMs : this.times.stopMs;
    pod.timer = setTimeout(() => this.#remove(key, placed), ms).unref();
  }

  find(reference: PodReference): PodFinding {
    const placed = this.#own(reference);
    return placed ? { found: 'present', isTerminating: placed.isDeleted, pods: [placed.pod.info] } : { found: 'gone' };
  }

  /** The pod and its events, or undefined when it is gone. */
  look(reference: PodReference): { readonly pod: SandboxPod; readonly events: EventBook } | undefined {
    return this.#own(reference);
  }

  stop(): void {
    this.#neighbours.stop();
    for (const { pod } of this.#placed.values()) if (pod.timer) clearTimeout(pod.timer);
  }

  #own(reference: PodReference): Placed | undefined {
    const placed = this.#placed.get(keyOf(reference));
    return placed?.pod.order.reference.reservationId === reference.reservationId ? placed : undefined;
  }

  #pods(): PodInfo[] {
    return [...this.#foreign.values(), ...Array.from(this.#placed.values(), ({ pod }) => pod.info)];
  }

  /** Tries every pod that waits for room. */
  #schedule(): void {
    for (const placed of this.#placed.values()) {
      if (placed.pod.info.nodeName !== null || placed.isDeleted) continue;
      const reason = this.#whyNot(placed.pod.order);
      if (reason === null) this.#begin(placed);
      else if (!placed.pod.info.isUnschedulable) this.#leaveWaiting(placed, reason);
    }
  }

  #whyNot({ nodeName: wanted, amounts }: PodOrder): string | null {
    const node = this.#nodes.get(wanted);
    if (!node) return "0 nodes are available: didn't match Pod's node affinity";
    const closed = closedReason(node);
    if (closed) return `0 nodes are available: ${closed}`;
    const left = this.roomOn(wanted);
    return left && fits({ ...amounts, podCount: 1 }, left) ? null : '0 nodes are available: insufficient resources';
  }

  #leaveWaiting(placed: Placed, message: string): void {
    this.#publish(placed, { ...placed.pod.info, isUnschedulable: true, failure: { reason: 'Unschedulable', message } });
    this.#tell(placed, { type: 'Warning', reason: 'FailedScheduling', message });
  }

  #begin(placed: Placed): void {
    const { pod } = placed;
    pod.life = imageLife(pod.order.spec.image, this.times);
    pod.info = { ...pod.info, nodeName: pod.order.nodeName, isUnschedulable: false, failure: null };
    this.#tell(placed, { type: 'Normal', reason: 'Scheduled', message: `Assigned to ${pod.order.nodeName}` });
    this.#await(placed);
  }

  #await(placed: Placed): void {
    const next = placed.pod.life?.next();
    if (!next || next.done) return;
    const step = next.value;
    if (step.afterMs === 0) this.#take(placed, step);
    else placed.pod.timer = setTimeout(() => this.#take(placed, step), step.afterMs).unref();
  }

  #take(placed: Placed, step: LifeStep): void {
    const { pod } = placed;
    const now = Date.now();
    if (step.container.state === 'running') pod.startedMs = now;
    else if (step.ended && pod.startedMs !== null) pod.previous = { startedMs: pod.startedMs, endedMs: now };
    this.#publish(placed, lived(pod, step));
    for (const told of step.told) this.#tell(placed, told);
    this.#await(placed);
  }

  #publish(placed: Placed, info: PodInfo): void {
    placed.pod.info = info;
    this.changes.append({ kind: 'pod', pod: info });
  }

  #tell(placed: Placed, told: Parameters<EventBook['add']>[1]): void {
    placed.events.add(`Pod/${placed.pod.info.name}`, told);
  }

  #remove(key: string, placed: Placed): void {
    if (placed.pod.timer) clearTimeout(placed.pod.timer);
    this.#placed.delete(key);
    this.changes.append({ kind: 'pod-gone', uid: placed.pod.info.uid });
    this.#schedule();
  }
}

const keyOf = (reference: PodReference): string => `${reference.namespace}/${reference.objectName}`;
