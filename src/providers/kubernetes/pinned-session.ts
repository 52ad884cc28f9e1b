/** One server's pools of sockets, good until broken. Requests carry the credential only to the pinned origin. */
import { Agent, type Dispatcher } from 'undici';
import type { ClusterError } from '../../domain/errors.js';
import type { Secret } from '../../domain/secret.js';
import type { KubernetesSettings } from '../../settings.js';
import { abortReason } from './dial.js';
import { refused } from './dial-errors.js';
import type { KubeRoute, KubeSession } from './kube-link.js';
import { type Dial, PinnedConnector, type PinnedServer } from './pinned-connector.js';

export interface SessionOrder {
  readonly server: PinnedServer;
  readonly baseUrl: string;
  readonly dial: Dial;
  /** Asked for each request, since it may rotate; null when a client certificate is all there is. */
  readonly token: () => Secret | null;
  readonly isTunnelled: boolean;
  readonly kubeconfigSource: string;
}

/** Two watches, the rest for people who follow logs. */
const STREAM_CONNECTIONS = 16;
const IDLE_MS = 30_000;
/** Only a backstop: every call has its own deadline. */
const ANSWER_MS = 60_000;

/** Adds the token, and keeps it from every other origin: undici would ask the connector only after the headers are made. */
function pinnedTo(origin: string, token: () => Secret | null): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) => {
    if (String(options.origin).replace(/\/$/, '') !== origin) {
      throw refused('ADDRESS_NOT_ALLOWED', `Requests to ${origin} may not lead anywhere else`);
    }
    const secret = token();
    if (secret === null) return dispatch(options, handler);
    const { headers } = options;
    if (headers && Symbol.iterator in headers) throw new TypeError('headers must be a plain object');
    return dispatch({ ...options, headers: { ...headers, authorization: `Bearer ${secret.reveal()}` } }, handler);
  };
}

export class PinnedSession implements KubeSession {
  readonly baseUrl: string;
  readonly isTunnelled: boolean;
  readonly kubeconfigSource: string;
  readonly dispatcher: Dispatcher;
  readonly streams: KubeRoute;
  readonly #connector: PinnedConnector;
  readonly #agents: readonly Agent[];
  readonly #broken = new AbortController();
  readonly #discarded = new AbortController();

  constructor(order: SessionOrder, settings: KubernetesSettings) {
    this.baseUrl = order.baseUrl;
    this.isTunnelled = order.isTunnelled;
    this.kubeconfigSource = order.kubeconfigSource;
    const bounds = { timeoutMs: settings.connectTimeoutSeconds * 1_000, signal: this.#broken.signal };
    this.#connector = new PinnedConnector(order.server, order.dial, bounds, (error) => this.#heed(error));
    const pool = {
      connect: this.#connector.connect,
      pipelining: 1,
      allowH2: false,
      maxOrigins: 1,
      keepAliveTimeout: IDLE_MS,
      keepAliveMaxTimeout: IDLE_MS,
      headersTimeout: ANSWER_MS,
    };
    const calls = new Agent({
      ...pool,
      connections: settings.connections,
      bodyTimeout: ANSWER_MS,
      maxResponseSize: settings.maxResponseBytes,
    });
    const streams = new Agent({ ...pool, connections: STREAM_CONNECTIONS, bodyTimeout: 0 });
    const pinned = pinnedTo(new URL(order.baseUrl).origin, order.token);
    this.#agents = [calls, streams];
    this.dispatcher = calls.compose(pinned);
    this.streams = { dispatcher: streams.compose(pinned) };
  }

  /** Makes the first connection now, so that an unreachable or untrusted server fails here. @throws ClusterError */
  async verify(signal: AbortSignal): Promise<this> {
    const onAbort = (): void => this.break(abortReason(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#connector.verify();
      return this;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  /** Aborts when what this session was made from is refused: the credential, or the authority. It is broken soon after. */
  get discarded(): AbortSignal {
    return this.#discarded.signal;
  }

  certificateExpiresAt(): string | null {
    return this.#connector.certificateExpiresAt;
  }

  discard(): void {
    this.#discarded.abort();
    this.break(refused('CONNECTION_LOST', `The way to ${this.baseUrl} is made anew`));
  }

  /** Ends every call in flight with `reason`. Never throws; twice is once. */
  break(reason: ClusterError): void {
    if (this.#broken.signal.aborted) return;
    this.#broken.abort(reason);
    this.#connector.close();
    for (const agent of this.#agents) agent.destroy(reason).catch(() => {});
  }

  /** A cluster that shows another authority was set up anew: its kubeconfig is another one now. */
  #heed(error: ClusterError): void {
    if (error.code !== 'CERTIFICATE_NOT_TRUSTED') return;
    this.#discarded.abort();
    // The caller hears of this error first; breaking at once would end its call with less to say.
    setImmediate(() => this.break(error));
  }
}
