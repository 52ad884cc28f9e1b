/** What a refused launch tells: where how much is missing, and which shapes would fit. Pure. */
import type { AmountsDto } from '../api/models/amounts-dto';
import type { Problem } from '../live/problem';
import { type Resource, RESOURCES } from '../ui/amount-format';
import { type Missing, smallerShape } from './fit';

export interface RefusedNode {
  readonly serverId: string;
  readonly serverName: string;
  readonly nodeName: string;
  readonly closedReason: string | null;
  readonly available: AmountsDto;
  readonly missing: readonly Missing[];
  /** The nearest shape that fits there; null when nothing useful does. */
  readonly smaller: AmountsDto | null;
}

/** The nodes that the refusal names, nearest first; none for other problems. */
export function refusedNodes(problem: Problem, asked: AmountsDto): RefusedNode[] {
  const nodes = problem.details['nodes'];
  if (!Array.isArray(nodes)) return [];
  return nodes.map((node: unknown) => {
    const fields = record(node);
    const closedReason = text(fields['closedReason']) || null;
    const available = amounts(fields['available']);
    const shortfalls: readonly unknown[] = Array.isArray(fields['shortfalls']) ? fields['shortfalls'] : [];
    return {
      serverId: text(fields['serverId']),
      serverName: text(fields['serverName']),
      nodeName: text(fields['nodeName']),
      closedReason,
      available,
      missing: shortfalls.flatMap(missing),
      smaller: closedReason === null ? smallerShape(asked, available) : null,
    };
  });
}

/** The resources in which two shapes differ. */
export function differing(a: AmountsDto, b: AmountsDto): Resource[] {
  return RESOURCES.filter((resource) => a[resource] !== b[resource]);
}

function missing(value: unknown): Missing[] {
  const fields = record(value);
  const resource = RESOURCES.find((each) => each === fields['resource']);
  if (!resource) return [];
  return [
    {
      resource,
      asked: number(fields['asked']),
      available: number(fields['available']),
      missing: number(fields['missing']),
    },
  ];
}

function amounts(value: unknown): AmountsDto {
  const fields = record(value);
  return {
    cpus: number(fields['cpus']),
    memoryGiB: number(fields['memoryGiB']),
    storageGiB: number(fields['storageGiB']),
    gpus: number(fields['gpus']),
  };
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
