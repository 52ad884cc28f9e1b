/**
 * The port to one registered server's cluster. One instance per server and connection revision; opening it touches no network.
 * Every call is bounded by `timeoutMs` and ended by `signal`, and fails with a `ClusterError` that says whether the outcome is
 * `refused` or `unclear`. No Kubernetes type passes through here.
 * Concurrency: all methods may be called at once; an implementation bounds what it sends.
 */
import type { NodeInfo } from '../domain/node.js';
import type { PodEvent, PodInfo } from '../domain/pod-info.js';
import type { PodOrder, PodReference } from '../domain/pod.js';
import type { ConnectionFacts, Credential, ServerConnection } from '../domain/server.js';

/**
 * What a call passes on its way, as far as its way needs it: the machine answers, it lets us in, a kubeconfig is found, the way to the
 * API is open, the API answers, and nodes and pods can be read.
 */
export const REACH_STEPS = ['link', 'login', 'find', 'open', 'api', 'nodes'] as const;
export type ReachStep = (typeof REACH_STEPS)[number];
export type OnStep = (step: ReachStep) => void;

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told of each step as it is passed. Steps of a connection that is open already are not told again. */
  readonly onStep?: OnStep;
}

/** Everything needed to open a server. `credential` is null for connections without one. */
export interface ClusterTarget {
  readonly serverId: string;
  readonly connectionRevision: number;
  readonly connection: ServerConnection;
  readonly credential: Credential | null;
  readonly namespace: string;
}

export type ProbeStep = 'link' | 'api';

export interface ProbeReport {
  readonly steps: readonly { readonly step: ProbeStep; readonly latencyMs: number }[];
  readonly facts: ConnectionFacts;
}

/** Opaque: where a watch goes on. */
export type WatchCursor = string;

export interface ClusterSnapshot {
  readonly nodes: readonly NodeInfo[];
  readonly pods: readonly PodInfo[];
  readonly cursor: WatchCursor;
}

export type ClusterChange =
  | { readonly kind: 'node'; readonly node: NodeInfo }
  | { readonly kind: 'node-gone'; readonly name: string }
  | { readonly kind: 'pod'; readonly pod: PodInfo }
  | { readonly kind: 'pod-gone'; readonly uid: string }
  /** The cluster is alive and the picture is current: a bookmark, or a quiet watch that was renewed. */
  | { readonly kind: 'alive' };

/** Real use, by node name and by pod uid. */
export interface UsageReport {
  readonly observedAt: string;
  readonly nodes: Readonly<Record<string, { readonly cpuMilli: number; readonly memoryBytes: number }>>;
  /** Keyed `namespace/name`. */
  readonly pods: Readonly<Record<string, { readonly cpuMilli: number; readonly memoryBytes: number }>>;
}

/** The answer of a quorum read. `gone`: neither the Deployment nor any ReplicaSet or pod with the label is left. */
export type PodFinding =
  | { readonly found: 'present'; readonly isTerminating: boolean; readonly pods: readonly PodInfo[] }
  | { readonly found: 'gone' };

export interface LogOptions {
  /** Last lines of the log; null means all. */
  readonly tailLines: number | null;
  readonly sinceSeconds: number | null;
  /** The container before the last restart. */
  readonly isPrevious: boolean;
  readonly isFollowed: boolean;
  readonly hasTimestamps: boolean;
}

export abstract class ClusterProvider {
  /** Is it alive? Link, then API. Fails with the first step that does. */
  abstract probe(options: CallOptions): Promise<ProbeReport>;

  /** Lists all nodes and pods once. */
  abstract observe(options: CallOptions): Promise<ClusterSnapshot>;

  /**
   * Streams what changes after `cursor` until the stream ends by itself (`ended`, with the cursor to go on from), the cluster has
   * forgotten the cursor (`expired`: list again), or it fails. `options.timeoutMs` bounds the silence, not the whole stream.
   */
  abstract watch(
    cursor: WatchCursor,
    onChange: (change: ClusterChange) => void,
    options: CallOptions,
  ): Promise<{ readonly end: 'ended'; readonly cursor: WatchCursor } | { readonly end: 'expired' }>;

  /** Null where the cluster has no metrics. */
  abstract usage(options: CallOptions): Promise<UsageReport | null>;

  /** Creates the pod, or recognises it when an earlier attempt made it: both are success. */
  abstract createPod(order: PodOrder, options: CallOptions): Promise<void>;

  /** Asks for deletion; a pod that is not there is success. Says nothing about when it is gone: that is `findPod`. */
  abstract deletePod(reference: PodReference, options: CallOptions): Promise<void>;

  /** Reads from the cluster's quorum, never from a cache. */
  abstract findPod(reference: PodReference, options: CallOptions): Promise<PodFinding>;

  /** The log as chunks of text. `options.timeoutMs` bounds the wait for the first byte. Ends when the log ends, or with the signal. */
  abstract logs(reference: PodReference, log: LogOptions, options: CallOptions): AsyncIterable<string>;

  /** Events of the Deployment, its ReplicaSets and pods, oldest first. */
  abstract events(reference: PodReference, options: CallOptions): Promise<PodEvent[]>;

  /** Ends every call in flight with `CLOSED` and frees all sockets. Never throws; twice is once. */
  abstract close(): Promise<void>;
}
