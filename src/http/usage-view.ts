import { toAmounts } from '../domain/amounts.js';
import type { Usage } from '../domain/node.js';
import { resources } from '../domain/resources.js';
import type { UsageDto } from './amounts.dto.js';

export function toUsage(usage: Usage | null): UsageDto | null {
  if (!usage) return null;
  const { cpus, memoryGiB } = toAmounts(resources({ cpuMilli: usage.cpuMilli, memoryBytes: usage.memoryBytes }));
  return { cpus, memoryGiB, observedAt: usage.observedAt };
}
