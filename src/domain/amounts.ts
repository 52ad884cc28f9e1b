/** The wire's units: cores and GiB. Everywhere else amounts are integers. */
import type { ResourceVector } from './resources.js';

export interface Amounts {
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly storageGiB: number;
  readonly gpus: number;
}

const GIB = 2 ** 30;
const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
/** Bytes as GiB with enough digits that nobody's last MiB disappears. */
const gib = (bytes: number): number => rounded(bytes / GIB, 6);

export function toAmounts(vector: ResourceVector): Amounts {
  return {
    cpus: rounded(vector.cpuMilli / 1000, 3),
    memoryGiB: gib(vector.memoryBytes),
    storageGiB: gib(vector.storageBytes),
    gpus: vector.gpuCount,
  };
}

const up = (value: number): number => Math.ceil(rounded(value, 3));

/** What one pod asks for. Fractions round up: a claim is never smaller than what was asked. */
export function fromAmounts(amounts: Amounts): ResourceVector {
  return {
    cpuMilli: up(amounts.cpus * 1000),
    memoryBytes: up(amounts.memoryGiB * GIB),
    storageBytes: up(amounts.storageGiB * GIB),
    gpuCount: amounts.gpus,
    podCount: 1,
  };
}
