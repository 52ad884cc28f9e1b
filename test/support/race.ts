/** Many want the same room at once; afterwards everybody must agree on who got it. */
import type { PodDto } from '../../src/pods/pod.dto.js';
import type { Answer, FleetClient } from './fleet-client.js';

export interface RaceKind {
  readonly kind: 'cpus' | 'memoryGiB' | 'storageGiB' | 'gpus';
  /** What each asks for; only `kind` is scarce. */
  readonly ask: {
    readonly cpus: number;
    readonly memoryGiB: number;
    readonly storageGiB?: number;
    readonly gpus?: number;
  };
}

export const RACES: readonly RaceKind[] = [
  { kind: 'cpus', ask: { cpus: 0.25, memoryGiB: 0.001 } },
  { kind: 'memoryGiB', ask: { cpus: 0.001, memoryGiB: 0.75 } },
  { kind: 'storageGiB', ask: { cpus: 0.001, memoryGiB: 0.001, storageGiB: 3 } },
  { kind: 'gpus', ask: { cpus: 0.001, memoryGiB: 0.001, gpus: 2 } },
];

export interface RaceResult {
  readonly won: readonly PodDto[];
  readonly lost: readonly Answer<PodDto>[];
  /** Answers that are neither: always none. */
  readonly odd: readonly Answer<PodDto>[];
}

export async function race(api: FleetClient, count: number, ask: object): Promise<RaceResult> {
  const answers = await Promise.all(Array.from({ length: count }, () => api.launch(ask)));
  const isLost = ({ status, body }: Answer<PodDto>): boolean =>
    status === 409 && body.code === 'INSUFFICIENT_RESOURCES';
  return {
    won: answers.filter(({ status }) => status === 202).map(({ body }) => body),
    lost: answers.filter(isLost),
    odd: answers.filter((answer) => answer.status !== 202 && !isLost(answer)),
  };
}

/** Thousandths, so that no floor is taken of a rounding error. */
export const floorOf = (free: number, ask: number): number =>
  Math.floor(Math.round(free * 1e6) / Math.round(ask * 1e6));
