/**
 * One watch of one kind of object, renewed until it has lasted long enough.
 *
 * The server is asked to end each stream well within the silence that the caller allows: a quiet cluster then ends its stream in good order,
 * with a bookmark just before, and the renewal proves that it is alive; a frozen one stays silent and is found out. (Bookmarks alone come
 * once a minute, which is longer than a frozen server should go unnoticed.)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../../domain/errors.js';
import type { CallOptions } from '../cluster-provider.js';
import { clusterError, StatusError } from './api-errors.js';
import type { JsonLimits } from './json-guard.js';
import type { KubeCalls } from './kube-calls.js';
import { withQuery } from './kube-names.js';
import { LineSplitter } from './line-splitter.js';
import { badResponse, field, type Fields, fieldsAt, isFields, text, whole } from './untrusted.js';

export interface WatchSink {
  changed(object: Fields): void;
  deleted(object: Fields): void;
  /** The server has spoken: an event, a bookmark, or a stream that it ended in good order. */
  heard(): void;
}

export interface WatchPlan {
  readonly path: string;
  readonly resourceVersion: string;
  /** How long to go on renewing, in ms. */
  readonly lastMs: number;
  readonly limits: JsonLimits;
}

export type WatchEnd = { readonly end: 'ended'; readonly resourceVersion: string } | { readonly end: 'expired' };

/** The cluster has forgotten the resource version. */
class Expired extends Error {}

/** A server that ends every stream at once must not make us spin. */
const MIN_STREAM_MS = 1_000;

/** The share of the allowed silence after which the server should end a stream; the rest is for a slow network. */
const SHARE_OF_SILENCE = 0.6;

/** A server is asked for whole seconds, at random in the upper fifth, so that watches do not end together. */
function streamSeconds(plan: WatchPlan, silenceMs: number): number {
  const longestMs = Math.min(plan.lastMs, silenceMs * SHARE_OF_SILENCE);
  return Math.max(1, Math.floor((longestMs / 1_000) * (0.8 + 0.2 * Math.random())));
}

class WatchStream {
  #resourceVersion: string;

  constructor(
    private readonly calls: KubeCalls,
    private readonly plan: WatchPlan,
    private readonly sink: WatchSink,
    private readonly options: CallOptions,
  ) {
    this.#resourceVersion = plan.resourceVersion;
  }

  async run(): Promise<WatchEnd> {
    const endAt = performance.now() + this.plan.lastMs;
    try {
      while (performance.now() < endAt) {
        const beganAt = performance.now();
        await this.#once();
        this.sink.heard();
        const lastedMs = performance.now() - beganAt;
        if (lastedMs < MIN_STREAM_MS) await this.#rest(MIN_STREAM_MS - lastedMs);
      }
      return { end: 'ended', resourceVersion: this.#resourceVersion };
    } catch (error) {
      if (this.#hasExpired(error)) return { end: 'expired' };
      throw clusterError(error, false);
    }
  }

  #hasExpired(error: unknown): boolean {
    const cause = error instanceof ClusterError ? error.cause : error;
    return cause instanceof Expired || (error instanceof StatusError && error.status === 410);
  }

  async #once(): Promise<void> {
    using deadline = this.calls.deadline(this.options);
    const lines = new LineSplitter(this.plan.limits, (line) => this.#onEvent(line));
    const path = withQuery(this.plan.path, {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: this.#resourceVersion,
      timeoutSeconds: streamSeconds(this.plan, this.options.timeoutMs),
    });
    const spoken = () => deadline.within(this.options.timeoutMs);
    const reader = {
      begin: () => void spoken(),
      take: (chunk: Buffer) => {
        // The server has spoken only when a whole event is there: a byte now and then is as good as silence.
        lines.take(chunk);
        if (chunk.includes(0x0a)) spoken();
      },
    };
    await this.calls.stream(path, reader, deadline, this.options);
  }

  async #rest(ms: number): Promise<void> {
    using deadline = this.calls.deadline({ ...this.options, timeoutMs: ms * 2 });
    await sleep(ms, undefined, { signal: deadline.signal }).catch(() => {
      throw clusterError(deadline.signal.reason, false);
    });
  }

  #onEvent(event: unknown): void {
    const object = isFields(event) ? field(event, 'object') : undefined;
    if (!isFields(event) || !isFields(object)) throw badResponse('the watch sent something that is no event');
    const type = field(event, 'type');
    if (type === 'ERROR')
      throw whole(object, 'code') === 410 ? new Expired() : new StatusError(whole(object, 'code') ?? 500, object);
    const version = text(fieldsAt(object, 'metadata'), 'resourceVersion', 64);
    if (version === '') throw badResponse('the watch sent an object without a resource version');
    if (type === 'ADDED' || type === 'MODIFIED') this.sink.changed(object);
    else if (type === 'DELETED') this.sink.deleted(object);
    else if (type !== 'BOOKMARK') throw badResponse('the watch sent an event of an unknown type');
    this.#resourceVersion = version;
    this.sink.heard();
  }
}

/** `options.timeoutMs` bounds the silence. @throws ClusterError */
export function watchObjects(
  calls: KubeCalls,
  plan: WatchPlan,
  sink: WatchSink,
  options: CallOptions,
): Promise<WatchEnd> {
  return new WatchStream(calls, plan, sink, options).run();
}
