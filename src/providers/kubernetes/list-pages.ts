/** Whole lists in pages, as one consistent picture at one resource version. Without a resource version asked for: a quorum read. */
import type { CallOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { type Query, withQuery } from './kube-names.js';
import { badResponse, type Fields, fieldsAt, items, text } from './untrusted.js';

export interface Listing<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** More pages than the largest cluster has: a server that always has one more is lying. */
const MAX_PAGES = 1_000;

/** Kubernetes supports 150,000 pods in a cluster. */
const MAX_ITEMS = 150_000;

/** A list that expired while it was read is begun again this often. */
const MAX_RESTARTS = 2;

async function readPages<T>(
  calls: KubeCalls,
  path: string,
  query: Query,
  map: (item: Fields) => T,
  options: CallOptions,
): Promise<Listing<T>> {
  const all: T[] = [];
  const remaining = shrinking(options);
  let token = '';
  for (let page = 0; page < MAX_PAGES; page++) {
    const address = withQuery(path, { ...query, continue: token === '' ? null : token });
    const list = await calls.json({ method: 'GET', path: address }, remaining(), true);
    for (const item of items(list)) all.push(map(item));
    if (all.length > MAX_ITEMS) throw badResponse(`the list has more than ${MAX_ITEMS} items`);
    const metadata = fieldsAt(list, 'metadata');
    token = text(metadata, 'continue', 16_384);
    if (token === '') return { items: all, resourceVersion: text(metadata, 'resourceVersion', 64) };
  }
  throw badResponse('the list does not end');
}

/** All items, mapped page by page so that raw pages can be freed. `options.timeoutMs` bounds the whole. @throws ClusterError */
export async function listAll<T>(
  calls: KubeCalls,
  path: string,
  query: Query,
  map: (item: Fields) => T,
  options: CallOptions,
): Promise<Listing<T>> {
  const remaining = shrinking(options);
  for (let restart = 0; ; restart++) {
    try {
      return await readPages(calls, path, query, map, remaining());
    } catch (error) {
      const hasExpired = error instanceof StatusError && error.status === 410;
      if (!hasExpired || restart >= MAX_RESTARTS) throw clusterError(error, false);
    }
  }
}
