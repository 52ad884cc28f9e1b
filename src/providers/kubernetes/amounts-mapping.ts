/**
 * Kubernetes resource lists as Berth's amounts. What cannot be read fails closed: as a request it is the largest number, so that it fits
 * nowhere; as an offer it is nothing.
 */
import type { StatedAmounts } from '../../domain/effective-request.js';
import { cpuMilli, wholeBytes, wholeCount } from '../../domain/quantity.js';
import type { ResourceKind, ResourceVector } from '../../domain/resources.js';
import { field, type Fields } from './untrusted.js';

/** The extended resources that count as GPUs, in order of preference. */
export const GPU_RESOURCES = ['nvidia.com/gpu', 'amd.com/gpu'] as const;

interface Source {
  readonly kind: ResourceKind;
  readonly names: readonly string[];
  readonly read: (text: string) => number;
}

const SOURCES: readonly Source[] = [
  { kind: 'cpuMilli', names: ['cpu'], read: cpuMilli },
  { kind: 'memoryBytes', names: ['memory'], read: wholeBytes },
  { kind: 'storageBytes', names: ['ephemeral-storage'], read: wholeBytes },
  { kind: 'gpuCount', names: GPU_RESOURCES, read: wholeCount },
];

function amount(value: unknown, read: (text: string) => number, whenUnreadable: number): number {
  if (typeof value !== 'string') return whenUnreadable;
  try {
    const found = read(value);
    return found < 0 ? whenUnreadable : found;
  } catch {
    return whenUnreadable;
  }
}

/** What a resource list asks for; kinds that it does not name are absent. GPUs of all makers are one kind. */
export function requested(list: Fields): StatedAmounts {
  const result: Partial<Record<ResourceKind, number>> = {};
  for (const { kind, names, read } of SOURCES) {
    for (const name of names) {
      const value = field(list, name);
      if (value === undefined) continue;
      const claimed = (result[kind] ?? 0) + amount(value, read, Number.MAX_SAFE_INTEGER);
      result[kind] = Math.min(Number.MAX_SAFE_INTEGER, claimed);
    }
  }
  return result;
}

/** What a node's resource list offers; `gpuResource` chooses whose GPUs count. */
export function offeredAmounts(list: Fields, gpuResource: string | null): ResourceVector {
  const at = (name: string, read: (text: string) => number) => amount(field(list, name), read, 0);
  return {
    cpuMilli: at('cpu', cpuMilli),
    memoryBytes: at('memory', wholeBytes),
    storageBytes: at('ephemeral-storage', wholeBytes),
    gpuCount: gpuResource === null ? 0 : at(gpuResource, wholeCount),
    podCount: at('pods', wholeCount),
  };
}

/** The first GPU resource of which there is any. */
export function gpuResourceOf(allocatable: Fields): string | null {
  return GPU_RESOURCES.find((name) => amount(field(allocatable, name), wholeCount, 0) > 0) ?? null;
}
