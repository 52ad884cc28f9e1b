import { BerthError } from '../domain/errors.js';
import type { PodSort } from './pod-list.dto.js';

export type SortValue = string | number;

/** Where a pod stands in an order: by the value, and among equal ones by the key. */
export interface Place {
  readonly value: SortValue;
  readonly key: string;
}

/** Names the last row of a page, so that the next page is right although that row has gone or others came. */
export function writeCursor(sort: PodSort, { value, key }: Place): string {
  return Buffer.from(JSON.stringify([sort, value, key])).toString('base64url');
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}

const isValue = (sort: PodSort, value: unknown): value is SortValue =>
  sort === 'cpus' || sort === 'memory' ? typeof value === 'number' : typeof value === 'string';

/** @throws BerthError INVALID_REQUEST when it is not a cursor of this order */
export function readCursor(sort: PodSort, cursor: string): Place {
  const parts: unknown = parse(cursor);
  if (Array.isArray(parts)) {
    const [of, value, key]: unknown[] = parts;
    if (of === sort && isValue(sort, value) && typeof key === 'string') return { value, key };
  }
  const message = 'cursor must be the nextCursor of an earlier answer to the same query';
  throw new BerthError('INVALID_REQUEST', `${message}.`, { errors: [{ field: 'cursor', message }] });
}

/** Strings by their code units, numbers by size. */
export function compareValues(a: SortValue, b: SortValue): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

export function comparePlaces(a: Place, b: Place): number {
  return compareValues(a.value, b.value) || compareValues(a.key, b.key);
}
