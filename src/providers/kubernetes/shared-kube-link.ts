/**
 * What all links share: one session at a time, one attempt at a time.
 * Concurrency: parallel `open`s wait for the same attempt, each as long as it may; the attempt goes on when a caller gives up,
 * and a failed one is forgotten. `close` ends the attempt too.
 */
import type { ClusterError } from '../../domain/errors.js';
import type { CallOptions, OnStep } from '../cluster-provider.js';
import { bounded } from './dial.js';
import { refused } from './dial-errors.js';
import { KubeLink, type KubeSession } from './kube-link.js';
import type { PinnedSession, SessionOrder } from './pinned-session.js';
import type { KubernetesSettings } from '../../settings.js';

export abstract class SharedKubeLink extends KubeLink {
  #session: PinnedSession | null = null;
  #attempt: Promise<KubeSession> | null = null;
  readonly #closing = new AbortController();

  /** Makes a session; `signal` aborts when the link is closed. @throws ClusterError, `refused` */
  protected abstract connect(signal: AbortSignal, passed: OnStep): Promise<PinnedSession>;

  /** Frees what outlives sessions. Never throws. */
  protected abstract release(reason: ClusterError): void;

  /** @throws the reason of `signal` */
  protected async newSession(
    order: SessionOrder,
    settings: KubernetesSettings,
    signal: AbortSignal,
  ): Promise<PinnedSession> {
    // With it comes undici, 0.1 s and 10 MB: not at the start, and never where all servers are pretend ones.
    const { PinnedSession } = await import('./pinned-session.js');
    signal.throwIfAborted();
    return new PinnedSession(order, settings);
  }

  override async open(options: CallOptions): Promise<KubeSession> {
    if (this.#closing.signal.aborted) throw this.#closing.signal.reason as ClusterError;
    const session = this.#session;
    if (session && !session.broken.aborted && !session.discarded.aborted) return session;
    const attempt = (this.#attempt ??= this.#connectOnce(options.onStep));
    return bounded<KubeSession>(
      { timeoutMs: options.timeoutMs, signal: options.signal ?? this.#closing.signal },
      () => refused('CONNECTION_TIMEOUT', 'The connection to the machine was not ready in time'),
      (resolve, reject) => {
        attempt.then(resolve, reject);
      },
      () => {},
    );
  }

  override async close(): Promise<void> {
    const reason = refused('CLOSED', 'Berth closed the connection');
    this.#closing.abort(reason);
    this.#session?.break(reason);
    this.release(reason);
    await this.#attempt?.catch(() => {});
  }

  async #connectOnce(passed: OnStep = () => {}): Promise<KubeSession> {
    try {
      const session = await this.connect(this.#closing.signal, passed);
      if (this.#closing.signal.aborted) {
        const reason = this.#closing.signal.reason as ClusterError;
        session.break(reason);
        throw reason;
      }
      this.#session = session;
      return session;
    } finally {
      this.#attempt = null;
    }
  }
}
