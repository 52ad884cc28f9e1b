/** What samples tell, in numbers and words. Pure. */
import type { ServerSamplesDto } from '../api/models/server-samples-dto';
import { formatAmount, type Resource, RESOURCES } from '../ui/amount-format';

export type Numbers = readonly (number | null)[];

export interface CapacityHistory {
  readonly resource: Resource;
  readonly allocatable: Numbers;
  readonly reserved: Numbers;
  readonly foreign: Numbers;
  /** Null: this resource is not measured. */
  readonly used: Numbers | null;
}

/** The resources that the server has or had. */
export function capacityHistories({ capacity }: ServerSamplesDto): CapacityHistory[] {
  return RESOURCES.map((resource): CapacityHistory => {
    const { allocatable, reserved, foreign } = capacity[resource];
    const used = resource === 'cpus' || resource === 'memoryGiB' ? capacity[resource].used : null;
    return { resource, allocatable, reserved, foreign, used: used?.some((value) => value !== null) ? used : null };
  }).filter(({ allocatable, reserved, foreign }) =>
    [allocatable, reserved, foreign].some((numbers) => numbers.some((value) => value !== null && value > 0)),
  );
}

/** Milliseconds since 1970 of each number of a list. */
export function instants({ from, intervalSeconds }: ServerSamplesDto, count: number): number[] {
  const startMs = Date.parse(from);
  return Array.from({ length: count }, (_, index) => startMs + index * intervalSeconds * 1_000);
}

/** "1.5 of 16 cores claimed at the end, at most 2.5 cores; used at most 0.4 cores." */
export function capacityWords({ resource, allocatable, reserved, foreign, used }: CapacityHistory): string {
  const claimed = reserved.map((value, index) => plus(value, foreign[index] ?? null));
  const [last, offer] = [lastOf(claimed), lastOf(allocatable)];
  if (last === null || offer === null) return 'Nothing was seen in this time.';
  const words = `${formatAmount(resource, last)} of ${formatAmount(resource, offer)} claimed at the end, at most ${formatAmount(resource, greatest(claimed) ?? last)}`;
  const most = used ? greatest(used) : null;
  return most === null ? `${words}.` : `${words}; used at most ${formatAmount(resource, most)}.`;
}

export function latencyWords({ latencyMs }: ServerSamplesDto): string {
  const words = (['link', 'api'] as const).flatMap((name) => {
    const [last, most] = [lastOf(latencyMs[name]), greatest(latencyMs[name])];
    const label = name === 'link' ? 'connection' : 'API';
    return last === null || most === null ? [] : [`${label} ${whole(last)} ms at the end, at most ${whole(most)} ms`];
  });
  return words.length > 0 ? `${sentence(words.join('; '))}.` : 'No check got an answer in this time.';
}

const whole = (value: number): number => Math.round(value);
const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const plus = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
const known = (numbers: Numbers): number[] => numbers.filter((value) => value !== null);
const lastOf = (numbers: Numbers): number | null => known(numbers).at(-1) ?? null;

function greatest(numbers: Numbers): number | null {
  const all = known(numbers);
  return all.length > 0 ? Math.max(...all) : null;
}

/** At most `count` indexes of a list, evenly spread, the last one always among them: rows of a table that can be read. */
export function spread(length: number, count: number): number[] {
  if (length <= count) return Array.from({ length }, (_, index) => index);
  return Array.from({ length: count }, (_, index) => Math.round(((index + 1) * length) / count) - 1);
}
