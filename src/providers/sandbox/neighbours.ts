/**
 * Other people on a pretend cluster: their pods come, go and restart. The same seed gives the same people with the same habits; when
 * they act is left to the clock. They take about half of each node, and only what is left on it.
 */
import type { PodInfo } from '../../domain/pod-info.js';
import { fits, type ResourceVector } from '../../domain/resources.js';
import type { SandboxConnection } from '../../domain/server.js';
import { neighbourPod } from './neighbour-pod.js';
import { seededRandom, seedOf } from './sandbox-random.js';

const MINUTE_MS = 60_000;
export const FIRST_MS = 15_000;
/** Of those that may be there, how many are there on the average. */
const PRESENT = 0.85;

/** What the neighbours see of the cluster. */
export interface Street {
  nodeNames(): string[];
  foreignOn(nodeName: string): PodInfo[];
  roomOn(nodeName: string): ResourceVector | null;
  setForeignPod(pod: PodInfo): void;
  removeForeignPod(uid: string): void;
}

export class Neighbours {
  readonly #random: () => number;
  readonly #most: number;
  readonly #perMinute: number;
  #count = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly street: Street,
    private readonly connection: SandboxConnection,
  ) {
    this.#random = seededRandom(seedOf(connection.seed, 'neighbours'));
    this.#most = connection.scene?.neighboursPerNode ?? 0;
    this.#perMinute = connection.scene?.changesPerMinute ?? 0;
  }

  /** Fills a new node. */
  moveIn(nodeName: string): void {
    const count = this.#perMinute > 0 ? Math.ceil(this.#most * PRESENT) : this.#most;
    for (let each = 0; each < count; each += 1) this.#arrive(nodeName);
  }

  /** They sleep in at first, so that a large fleet can be registered before it is busy. */
  start(afterMs: number = FIRST_MS): void {
    if (this.#perMinute === 0 || this.#most === 0) return;
    // Exponential pauses: as many people who know nothing of each other make them.
    const ms = afterMs - Math.log(1 - this.#random()) * (MINUTE_MS / this.#perMinute);
    this.#timer = setTimeout(() => {
      this.#act();
      this.start(0);
    }, ms).unref();
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #act(): void {
    const nodeName = this.#pick(this.street.nodeNames());
    if (nodeName === undefined) return;
    const pods = this.street.foreignOn(nodeName);
    const chance = this.#random();
    const pod = this.#pick(pods);
    if (!pod || chance < 1 - pods.length / this.#most) this.#arrive(nodeName);
    else if (chance > 0.9) this.street.removeForeignPod(pod.uid);
    else this.#restart(pod);
  }

  #arrive(nodeName: string): void {
    const room = this.street.roomOn(nodeName);
    if (!room) return;
    const { cpuMilliPerNode, memoryBytesPerNode } = this.connection;
    const share = { cpuMilli: cpuMilliPerNode / this.#most, memoryBytes: memoryBytesPerNode / this.#most };
    this.#count += 1;
    const pod = neighbourPod(nodeName, share, room.gpuCount > 0, this.#count, this.#random);
    if (fits(pod.request, room)) this.street.setForeignPod(pod);
  }

  /** The container ends and runs again. */
  #restart(pod: PodInfo): void {
    const finishedAt = new Date().toISOString();
    const containers = pod.containers.map((each) => ({
      ...each,
      restartCount: each.restartCount + 1,
      lastTermination: { reason: 'Completed', exitCode: 0, finishedAt },
    }));
    this.street.setForeignPod({ ...pod, containers, startedAt: finishedAt });
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from[Math.floor(this.#random() * from.length)];
  }
}
