/**
 * Nodes and pods as one picture: listed together, then watched together. When one of the two watches ends or fails, both do.
 * The cursor is the pair of resource versions, opaque to everybody else.
 */
import type { KubernetesSettings } from '../../settings.js';
import type { CallOptions, ClusterChange, ClusterSnapshot, WatchCursor } from '../cluster-provider.js';
import { shrinking } from './deadline.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS } from './kube-names.js';
import { listAll } from './list-pages.js';
import { mapNode } from './node-mapping.js';
import { mapPod } from './pod-mapping.js';
import { fieldsAt, identity } from './untrusted.js';
import { type WatchEnd, watchObjects, type WatchPlan, type WatchSink } from './watch-stream.js';

const toCursor = (nodes: string, pods: string): WatchCursor => `${nodes}/${pods}`;

function fromCursor(cursor: WatchCursor): { readonly nodes: string; readonly pods: string } {
  const [nodes = '', pods = ''] = cursor.split('/');
  return { nodes, pods };
}

/** @throws ClusterError */
export async function observeCluster(
  calls: KubeCalls,
  settings: KubernetesSettings,
  options: CallOptions,
): Promise<ClusterSnapshot> {
  const remaining = shrinking(options);
  const query = { limit: settings.pageSize };
  const nodes = await listAll(calls, PATHS.nodes, query, mapNode, remaining());
  const pods = await listAll(calls, PATHS.pods, query, mapPod, remaining());
  return { nodes: nodes.items, pods: pods.items, cursor: toCursor(nodes.resourceVersion, pods.resourceVersion) };
}

/** Says `alive` only when both watches have spoken since it last did. */
class Pulse {
  readonly #silent = new Set<string>();

  constructor(
    private readonly watches: readonly string[],
    private readonly onAlive: () => void,
  ) {
    for (const each of watches) this.#silent.add(each);
  }

  heard(watch: string): void {
    this.#silent.delete(watch);
    if (this.#silent.size > 0) return;
    for (const each of this.watches) this.#silent.add(each);
    this.onAlive();
  }
}

const uidOf = (object: object) => identity(fieldsAt(object, 'metadata'), 'uid');
const nameOf = (object: object) => identity(fieldsAt(object, 'metadata'), 'name');

function sinks(onChange: (change: ClusterChange) => void): { nodes: WatchSink; pods: WatchSink } {
  const pulse = new Pulse(['nodes', 'pods'], () => onChange({ kind: 'alive' }));
  return {
    nodes: {
      changed: (object) => onChange({ kind: 'node', node: mapNode(object) }),
      deleted: (object) => onChange({ kind: 'node-gone', name: nameOf(object) }),
      heard: () => pulse.heard('nodes'),
    },
    pods: {
      changed: (object) => onChange({ kind: 'pod', pod: mapPod(object) }),
      deleted: (object) => onChange({ kind: 'pod-gone', uid: uidOf(object) }),
      heard: () => pulse.heard('pods'),
    },
  };
}

/** Waits for both; what ends one early ends the other. */
async function together(watches: (signal: AbortSignal) => readonly Promise<WatchEnd>[]): Promise<readonly WatchEnd[]> {
  const stop = new AbortController();
  const running = watches(stop.signal).map(async (each) => {
    const result = await each;
    if (result.end === 'expired') stop.abort();
    return result;
  });
  try {
    return await Promise.all(running);
  } catch (error) {
    stop.abort();
    const settled = await Promise.allSettled(running);
    if (settled.some((each) => each.status === 'fulfilled' && each.value.end === 'expired'))
      return [{ end: 'expired' }];
    throw error;
  }
}

/** See ClusterProvider.watch. @throws ClusterError */
export async function watchCluster(
  calls: KubeCalls,
  settings: KubernetesSettings,
  cursor: WatchCursor,
  onChange: (change: ClusterChange) => void,
  options: CallOptions,
): Promise<{ end: 'ended'; cursor: WatchCursor } | { end: 'expired' }> {
  const from = fromCursor(cursor);
  if (from.nodes === '' || from.pods === '') return { end: 'expired' };
  const sink = sinks(onChange);
  const plan = (path: string, resourceVersion: string): WatchPlan => ({
    path,
    resourceVersion,
    lastMs: settings.watchSeconds * 1_000,
    limits: { maxBytes: settings.maxResponseBytes, maxDepth: settings.maxDepth },
  });
  const ends = await together((stop) => {
    const signal = options.signal === undefined ? stop : AbortSignal.any([options.signal, stop]);
    return [
      watchObjects(calls, plan(PATHS.nodes, from.nodes), sink.nodes, { ...options, signal }),
      watchObjects(calls, plan(PATHS.pods, from.pods), sink.pods, { ...options, signal }),
    ];
  });
  const [nodes, pods] = ends;
  if (nodes?.end !== 'ended' || pods?.end !== 'ended') return { end: 'expired' };
  return { end: 'ended', cursor: toCursor(nodes.resourceVersion, pods.resourceVersion) };
}
