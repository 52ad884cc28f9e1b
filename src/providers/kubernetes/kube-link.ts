import type { KubeConfig } from '@kubernetes/client-node';
import type { Dispatcher } from 'undici';
import type { CallOptions } from '../cluster-provider.js';

/** One open way to an API server, good until `broken` aborts. All its sockets come from one shared pool. */
export interface KubeSession {
  /** Ready for `makeApiClient`, `Watch` and `Log`; its requests go through `dispatcher`. */
  readonly config: KubeConfig;
  readonly dispatcher: Dispatcher;
  /** `https://host:port` without a trailing slash. */
  readonly baseUrl: string;
  readonly isTunnelled: boolean;
  /** Where the kubeconfig came from, e.g. `microk8s config -l`; empty when the user gave it. */
  readonly kubeconfigSource: string;
  /** End of the API server's certificate as the last handshake showed it; null before one. ISO instant. */
  certificateExpiresAt(): string | null;
  /** Aborts when the link is gone (SSH connection lost, closed): calls in flight are over, the next `open` makes a new one. */
  readonly broken: AbortSignal;
}

/** How one server's API is reached. Concurrency: parallel `open`s share one attempt; a failed attempt is not remembered. */
export abstract class KubeLink {
  /**
   * The open session, or a new one. Fails with a `ClusterError` whose outcome is `refused`: nothing was sent to the cluster.
   * `options` bound the wait of this caller; the attempt itself is bounded by the settings.
   */
  abstract open(options: CallOptions): Promise<KubeSession>;

  abstract close(): Promise<void>;
}
