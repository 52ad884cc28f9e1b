/**
 * The log of a pod as text. Nothing is piled up: while the reader is busy, the cluster is held back.
 * `options.timeoutMs` bounds the wait for the first byte; a followed log may be silent for as long as its program is, so there it bounds
 * only the way to the log.
 */
import { ClusterError } from '../../domain/errors.js';
import type { PodReference } from '../../domain/pod.js';
import type { CallOptions, LogOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import { mapContainers } from './container-mapping.js';
import { CONTAINER } from './deployment-manifest.js';
import { shrinking } from './deadline.js';
import type { Flow } from './exchange.js';
import type { KubeCalls } from './kube-calls.js';
import { PATHS, withQuery } from './kube-names.js';
import { listPods } from './pod-find.js';
import { isTerminating } from './pod-mapping.js';
import { type Fields, fieldsAt, text } from './untrusted.js';

/** More than this waiting for the reader, and the cluster is held back. */
const HIGH_WATER_BYTES = 256 * 1024;

const noLog = (message: string) => new ClusterError('POD_HAS_NO_LOG', message, 'refused');

const createdAt = (pod: Fields) => text(fieldsAt(pod, 'metadata'), 'creationTimestamp');

/** A container that waits for its first start. The API server is not asked: some answer with an empty log. */
function isUnstarted(pod: Fields): boolean {
  const [container] = mapContainers(fieldsAt(pod, 'spec'), fieldsAt(pod, 'status'));
  return container?.state === 'waiting' && container.restartCount === 0 && container.lastTermination === null;
}

/** The pod to read: one that stays before one that goes, then the newest. */
function chosen(pods: readonly Fields[]): string {
  const [first] = pods.toSorted(
    (a, b) => Number(isTerminating(a)) - Number(isTerminating(b)) || createdAt(b).localeCompare(createdAt(a)),
  );
  if (first === undefined) throw noLog('the cluster has not made a pod yet');
  if (isUnstarted(first)) throw noLog('the container has not started');
  return text(fieldsAt(first, 'metadata'), 'name');
}

function logPath(namespace: string, podName: string, log: LogOptions): string {
  return withQuery(PATHS.podLog(namespace, podName), {
    container: CONTAINER,
    tailLines: log.tailLines,
    sinceSeconds: log.sinceSeconds,
    previous: log.isPrevious || null,
    follow: log.isFollowed || null,
    timestamps: log.hasTimestamps || null,
  });
}

/** The API server answers 400 for a container that has not started and for one that has no previous run. */
function logError(error: unknown): ClusterError {
  if (error instanceof StatusError && (error.status === 400 || error.status === 404)) {
    return noLog(error.words === '' ? 'the container has not started' : `the Kubernetes API said: ${error.words}`);
  }
  return clusterError(error, false);
}

/** Bytes between a sender that pushes and a reader that pulls. */
class Channel {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isOver = false;
  #flow: Flow | null = null;
  #wake: () => void = () => undefined;

  open(flow: Flow): void {
    this.#flow = flow;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > HIGH_WATER_BYTES) this.#flow?.pause();
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  /** What has come since, or null at the end. */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0 && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#chunks.length === 0) return null;
    const whole = Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [];
    this.#bytes = 0;
    this.#flow?.resume();
    return whole;
  }
}

/** @throws ClusterError POD_HAS_NO_LOG while there is none */
export async function* podLogs(
  calls: KubeCalls,
  reference: PodReference,
  log: LogOptions,
  options: CallOptions,
): AsyncGenerator<string> {
  const remaining = shrinking(options);
  const podName = chosen(await listPods(calls, reference, remaining()));
  const stop = new AbortController();
  using deadline = calls.deadline(remaining());
  deadline.follow(stop.signal, 'caller');
  const channel = new Channel();
  const reader = {
    sent: () => void (log.isFollowed && deadline.within(null)),
    begin: (_status: number, _headers: unknown, flow: Flow) => {
      deadline.within(null);
      channel.open(flow);
    },
    take: (chunk: Buffer) => channel.push(chunk),
  };
  const path = logPath(reference.namespace, podName, log);
  let failure: unknown = null;
  const streaming = calls
    .stream(path, reader, deadline, options)
    .catch((error: unknown) => {
      failure = error;
    })
    .finally(() => channel.end());
  const decoder = new TextDecoder();
  try {
    for (let chunk = await channel.next(); chunk !== null; chunk = await channel.next()) {
      const words = decoder.decode(chunk, { stream: true });
      if (words !== '') yield words;
    }
    const rest = decoder.decode();
    if (rest !== '') yield rest;
    // The caller has heard enough: that is an end, not a failure.
    if (failure !== null && options.signal?.aborted !== true) throw logError(failure);
  } finally {
    stop.abort();
    await streaming;
  }
}
