import type { Dispatcher } from 'undici';
import type { CallOptions } from '../cluster-provider.js';

/**
 * One pool of sockets to the API server. The dispatcher adds the credential itself and refuses every origin but the pinned one.
 * A failed dial surfaces as an error with a `ClusterError` in its cause chain: nothing was sent then.
 */
export interface KubeRoute {
  readonly dispatcher: Dispatcher;
}

/** One open way to an API server, good until `broken` aborts. */
export interface KubeSession extends KubeRoute {
  /** For watches and followed logs: own sockets, any length, silence allowed. The rest of the session is for ordinary calls. */
  readonly streams: KubeRoute;
  /** `https://host:port`, with a path when the kubeconfig has one, without a trailing slash. */
  readonly baseUrl: string;
  readonly isTunnelled: boolean;
  /** Where the kubeconfig came from, e.g. `microk8s config -l`; empty when the user gave it. */
  readonly kubeconfigSource: string;
  /** End of the API server's certificate as the last handshake showed it; null before one. ISO instant. */
  certificateExpiresAt(): string | null;
  /** Aborts when the link is gone (SSH connection lost, closed): calls in flight are over, the next `open` makes a new one. */
  readonly broken: AbortSignal;
  /** To be called on a 401: the next `open` makes a new session and reads the kubeconfig afresh. Twice is once. */
  discard(): void;
}

/** How one server's API is reached. Concurrency: parallel `open`s share one attempt; a failed attempt is not remembered. */
export abstract class KubeLink {
  /**
   * The open session, or a new one. Fails with a `ClusterError` whose outcome is `refused`: nothing was sent to the cluster.
   * `options` bound the wait of this caller; the attempt itself is bounded by the settings.
   */
  abstract open(options: CallOptions): Promise<KubeSession>;

  /** Breaks the open session with `CLOSED` and frees all sockets. Never throws; twice is once. */
  abstract close(): Promise<void>;
}
