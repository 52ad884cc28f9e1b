/** Kubernetes quantities read a second way, so that the suite does not check Berth's numbers with Berth's own reader. */
import type { AmountsDto } from '../../../src/http/amounts.dto.js';

/** Milli-cores, bytes, whole GPUs. */
export interface Amount {
  cpuMilli: number;
  memoryBytes: number;
  storageBytes: number;
  gpus: number;
}

export const NONE: Amount = { cpuMilli: 0, memoryBytes: 0, storageBytes: 0, gpus: 0 };

const SUFFIXES: Readonly<Record<string, number>> = {
  m: 0.001,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

function valueOf(quantity: string | undefined): number {
  if (quantity === undefined) return 0;
  const [, digits, suffix] = /^([0-9.]+)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = SUFFIXES[suffix ?? '?'];
  if (digits === undefined || factor === undefined) throw new Error(`cannot read the quantity ${quantity}`);
  return Number(digits) * factor;
}

export function amountOf(list: Readonly<Record<string, string>> = {}): Amount {
  return {
    cpuMilli: Math.round(valueOf(list['cpu']) * 1000),
    memoryBytes: Math.round(valueOf(list['memory'])),
    storageBytes: Math.round(valueOf(list['ephemeral-storage'])),
    gpus: valueOf(list['nvidia.com/gpu']),
  };
}

export function plus(a: Amount, b: Amount): Amount {
  return {
    cpuMilli: a.cpuMilli + b.cpuMilli,
    memoryBytes: a.memoryBytes + b.memoryBytes,
    storageBytes: a.storageBytes + b.storageBytes,
    gpus: a.gpus + b.gpus,
  };
}

const digits = (value: number, count: number): number => Number(value.toFixed(count));

/** As Berth's API writes it. */
export function onWire({ cpuMilli, memoryBytes, storageBytes, gpus }: Amount): AmountsDto {
  return {
    cpus: digits(cpuMilli / 1000, 3),
    memoryGiB: digits(memoryBytes / 2 ** 30, 6),
    storageGiB: digits(storageBytes / 2 ** 30, 6),
    gpus,
  };
}
