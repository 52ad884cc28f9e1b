/** What is sampled, and in which column it stands. Cores and GiB: single precision keeps seven digits of them. */
import { type Amounts, toAmounts } from '../domain/amounts.js';
import type { Totals } from '../domain/ledger.js';

export const KINDS = ['cpus', 'memoryGiB', 'storageGiB', 'gpus'] as const;
export const SHARES = ['allocatable', 'reserved', 'foreign'] as const;
/** Use is measured of these. */
export const USED = ['cpus', 'memoryGiB'] as const;

export const CAPACITY_WIDTH = KINDS.length * SHARES.length + USED.length;

export const columnOf = (kind: (typeof KINDS)[number], share: (typeof SHARES)[number]): number =>
  SHARES.indexOf(share) * KINDS.length + KINDS.indexOf(kind);
export const usedColumnOf = (kind: (typeof USED)[number]): number => SHARES.length * KINDS.length + USED.indexOf(kind);

const inOrder = (amounts: Amounts): number[] => KINDS.map((kind) => amounts[kind]);

/** NaN for what nobody measured. */
export function capacityRow(sums: Totals): number[] {
  const used = toAmounts(sums.usage);
  return [
    ...SHARES.flatMap((share) => inOrder(toAmounts(sums[share]))),
    ...USED.map((kind) => (sums.measuredNodes > 0 ? used[kind] : Number.NaN)),
  ];
}

export const UNKNOWN_CAPACITY: readonly number[] = Array.from({ length: CAPACITY_WIDTH }, () => Number.NaN);
