import type { AmountsDto } from '../api/models/amounts-dto';
import type { IconName } from './icons';

export type Resource = keyof AmountsDto;

/** In the order in which people think of them. */
export const RESOURCES: readonly Resource[] = ['cpus', 'memoryGiB', 'storageGiB', 'gpus'];

export const RESOURCE_WORDS: Readonly<Record<Resource, { label: string; unit: string; icon: IconName }>> = {
  cpus: { label: 'CPU', unit: 'cores', icon: 'cpu' },
  memoryGiB: { label: 'Memory', unit: 'GiB', icon: 'memory' },
  storageGiB: { label: 'Storage', unit: 'GiB', icon: 'disk' },
  gpus: { label: 'GPU', unit: '', icon: 'gpu' },
};

const TIB = 1_024;

/** "0.25", "12.5", "340": as many digits as are of use. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  const digits = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return String(Number(value.toFixed(digits)));
}

/** "1.5 cores", "32 GiB", "1.2 TiB", "2 GPUs". */
export function formatAmount(resource: Resource, value: number): string {
  if (resource === 'cpus') return `${shortNumber(value)} ${value === 1 ? 'core' : 'cores'}`;
  if (resource === 'gpus') return `${shortNumber(value)} ${value === 1 ? 'GPU' : 'GPUs'}`;
  return Math.abs(value) >= TIB ? `${shortNumber(value / TIB)} TiB` : `${shortNumber(value)} GiB`;
}

/** "6 of 8 cores": both numbers in one unit. */
export function formatShare(resource: Resource, part: number, whole: number): string {
  if (resource !== 'cpus' && resource !== 'gpus' && whole >= TIB) {
    return `${shortNumber(part / TIB)} of ${shortNumber(whole / TIB)} TiB`;
  }
  return `${shortNumber(part)} of ${formatAmount(resource, whole)}`;
}

/** "1 core, 2 GiB memory, 10 GiB storage": what a pod asks for; what is zero is left out. */
export function formatAmounts(amounts: AmountsDto): string {
  const words = RESOURCES.filter((resource) => amounts[resource] > 0).map((resource) => {
    const amount = formatAmount(resource, amounts[resource]);
    if (resource === 'memoryGiB') return `${amount} memory`;
    return resource === 'storageGiB' ? `${amount} storage` : amount;
  });
  return words.length > 0 ? words.join(', ') : 'nothing';
}
