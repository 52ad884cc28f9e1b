/** The port over the simulated network; opened by one life of Berth. */
import { ClusterError } from '../../src/domain/errors.js';
import type { PodEvent } from '../../src/domain/pod-info.js';
import type { PodOrder, PodReference } from '../../src/domain/pod.js';
import {
  type CallOptions,
  type ClusterChange,
  ClusterProvider,
  type ClusterSnapshot,
  type ClusterTarget,
  type PodFinding,
  type ProbeReport,
  type UsageReport,
  type WatchCursor,
} from '../../src/providers/cluster-provider.js';
import { ProviderFactory } from '../../src/providers/provider-registry.js';
import type { Network } from './network.js';
import type { Site } from './site.js';

const ALIVE_MS = 2_000;
type WatchEnd = Awaited<ReturnType<ClusterProvider['watch']>>;

export class SimulatedProvider extends ClusterProvider {
  readonly #closed = new AbortController();
  readonly #caller;

  constructor(
    private readonly network: Network,
    private readonly site: Site,
    isDead: () => boolean,
  ) {
    super();
    this.#caller = { isDead, closed: this.#closed.signal };
  }

  async probe(options: CallOptions): Promise<ProbeReport> {
    await this.network.call(this.#caller, this.site, 'probe', options, () => undefined);
    return {
      steps: [{ step: 'api', latencyMs: 1 }],
      facts: {
        kubernetesVersion: 'v1.36.0',
        clusterUid: this.site.uid,
        isTunnelled: false,
        isRbacOn: true,
        certificateExpiresAt: null,
        kubeconfigSource: '',
      },
    };
  }

  observe(options: CallOptions): Promise<ClusterSnapshot> {
    return this.network.call(this.#caller, this.site, 'observe', options, () => this.site.snapshot());
  }

  createPod(order: PodOrder, options: CallOptions): Promise<void> {
    const trace = this.network.trace(order.reference.reservationId);
    return this.network.call(this.#caller, this.site, 'createPod', options, () => this.site.create(order), trace);
  }

  deletePod(reference: PodReference, options: CallOptions): Promise<void> {
    return this.network.call(this.#caller, this.site, 'deletePod', options, () => this.site.delete(reference));
  }

  findPod(reference: PodReference, options: CallOptions): Promise<PodFinding> {
    return this.network.call(this.#caller, this.site, 'findPod', options, () => {
      const finding = this.site.find(reference);
      if (finding.found === 'gone') this.network.trace(reference.reservationId).gone += 1;
      return finding;
    });
  }

  watch(cursor: WatchCursor, onChange: (change: ClusterChange) => void, options: CallOptions): Promise<WatchEnd> {
    return new Promise<WatchEnd>((resolve, reject) => {
      const { network, site } = this;
      const missed = site.cluster.changes.since(cursor);
      let isOver = false;
      let heardAt = Date.now();
      let heard = cursor;
      let hasLost = false;
      const stops: (() => unknown)[] = [];
      const over = (settle: () => void): void => {
        if (isOver) return;
        isOver = true;
        for (const stop of stops) stop();
        if (!this.#caller.isDead()) settle();
      };
      const fail = (code: 'CLOSED' | 'CONNECTION_LOST' | 'CONNECTION_TIMEOUT') => () =>
        over(() => reject(new ClusterError(code, 'The watch broke.', 'refused')));
      const silence = setTimeout(fail('CONNECTION_TIMEOUT'), options.timeoutMs);
      /** In the order of the cluster, however long each one takes. A link that lost something never goes on as if nothing had been. */
      const tell = (change: ClusterChange, at: WatchCursor): void => {
        hasLost ||= site.link !== 'up';
        if (hasLost) return;
        heardAt = Math.max(heardAt, Date.now() + network.latencyMs());
        setTimeout(() => {
          if (isOver || this.#caller.isDead()) return;
          silence.refresh();
          heard = at;
          onChange(change);
        }, heardAt - Date.now());
      };
      const alive = setInterval(() => {
        if (network.weather !== 'fair' && network.chance.is(0.03)) {
          if (network.chance.is(0.5)) return fail('CONNECTION_LOST')();
          return over(() => resolve(network.chance.is(0.5) ? { end: 'expired' } : { end: 'ended', cursor: heard }));
        }
        if (hasLost || site.link !== 'up') return fail('CONNECTION_LOST')();
        return tell({ kind: 'alive' }, site.cluster.changes.cursor);
      }, ALIVE_MS);
      const closed = fail('CLOSED');
      stops.push(
        () => clearTimeout(silence),
        () => clearInterval(alive),
        network.onCut(site, fail('CONNECTION_LOST')),
        site.cluster.changes.listen((change) => tell(change, site.cluster.changes.cursor)),
        () => options.signal?.removeEventListener('abort', closed),
        () => this.#closed.signal.removeEventListener('abort', closed),
      );
      options.signal?.addEventListener('abort', closed);
      this.#closed.signal.addEventListener('abort', closed);
      if (site.link !== 'up' || this.#closed.signal.aborted) return setTimeout(fail('CONNECTION_LOST'), 1);
      if (missed === null) return setTimeout(() => over(() => resolve({ end: 'expired' })), network.latencyMs());
      for (const change of missed) tell(change, cursor);
      return undefined;
    });
  }

  usage(): Promise<UsageReport | null> {
    return Promise.resolve(null);
  }

  async *logs(): AsyncGenerator<string> {
    yield '';
  }

  events(): Promise<PodEvent[]> {
    return Promise.resolve([]);
  }

  close(): Promise<void> {
    this.#closed.abort();
    return Promise.resolve();
  }
}

export class SimulatedFactory extends ProviderFactory {
  constructor(
    private readonly network: Network,
    private readonly sites: ReadonlyMap<number, Site>,
    private readonly isDead: () => boolean,
  ) {
    super();
  }

  open({ connection }: ClusterTarget): ClusterProvider {
    const site = connection.kind === 'sandbox' ? this.sites.get(connection.seed) : undefined;
    if (!site) throw new Error('there is no such site');
    return new SimulatedProvider(this.network, site, this.isDead);
  }
}
