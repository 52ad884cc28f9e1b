/**
 * Reads fields of an answer that may hold anything: a registered server may lie. Wrong types read as absent, long texts are cut, long
 * lists end early. Nothing here throws, except `identity` and `items`, where going on would mean to guess.
 */
import { ClusterError } from '../../domain/errors.js';

export type Fields = Readonly<Record<string, unknown>>;

const NO_FIELDS: Fields = Object.freeze({});

/** Longest text of each sort that is kept, in UTF-16 units. */
export const NAME_LENGTH = 253;
export const WORD_LENGTH = 1_024;
export const MESSAGE_LENGTH = 2_048;

/** The cluster's answer makes no sense; `outcome` is `refused` because reading changes nothing. */
export function badResponse(message: string): ClusterError {
  return new ClusterError('KUBERNETES_BAD_RESPONSE', message, 'refused');
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The own field `key`, never one of Object.prototype. */
export function field(value: Fields, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The object at `path`, or one without fields. */
export function fieldsAt(value: unknown, ...path: readonly string[]): Fields {
  let at = value;
  for (const key of path) at = isFields(at) ? field(at, key) : undefined;
  return isFields(at) ? at : NO_FIELDS;
}

export function text(value: Fields, key: string, maxLength = WORD_LENGTH): string {
  const found = field(value, key);
  if (typeof found !== 'string') return '';
  return found.length > maxLength ? `${found.slice(0, maxLength - 1)}…`.toWellFormed() : found;
}

export function whole(value: Fields, key: string): number | null {
  const found = field(value, key);
  return typeof found === 'number' && Number.isSafeInteger(found) ? found : null;
}

export function isTrue(value: Fields, key: string): boolean {
  return field(value, key) === true;
}

/** An RFC 3339 instant as an ISO string; null when it is none. */
export function instant(value: Fields, key: string): string | null {
  const found = field(value, key);
  if (typeof found !== 'string' || found.length > 40 || !/^\d{4}-/.test(found)) return null;
  const at = Date.parse(found);
  return Number.isNaN(at) ? null : new Date(at).toISOString();
}

/** The objects of a list, at most `maxCount`. */
export function objects(value: Fields, key: string, maxCount: number): readonly Fields[] {
  const found = field(value, key);
  return Array.isArray(found) ? found.slice(0, maxCount).filter(isFields) : [];
}

/** The items of a Kubernetes list, each an object. @throws ClusterError KUBERNETES_BAD_RESPONSE */
export function items(list: Fields): readonly Fields[] {
  const found = field(list, 'items');
  // Go writes an empty list of some kinds as null.
  if (found === null && text(list, 'kind').endsWith('List')) return [];
  if (!Array.isArray(found) || !found.every(isFields))
    throw badResponse('the API server answered a list without items');
  return found;
}

const IDENTITY = /^[A-Za-z0-9]([-A-Za-z0-9._]{0,251}[A-Za-z0-9])?$/;

/**
 * A field that tells objects apart: a name or a uid. To cut or skip a wrong one would merge or lose objects, and with them what they
 * claim. @throws ClusterError KUBERNETES_BAD_RESPONSE
 */
export function identity(metadata: Fields, key: 'name' | 'namespace' | 'uid'): string {
  const found = field(metadata, key);
  if (typeof found !== 'string' || !IDENTITY.test(found))
    throw badResponse(`the API server reported an object without a valid ${key}`);
  return found;
}
