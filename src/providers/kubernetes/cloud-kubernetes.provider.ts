/**
 * A registered server's Kubernetes API behind the port: what to say to it. How it is reached is the link's business.
 * Promises: every call ends by its deadline; every answer is bounded and taken as untrusted; a change that may have had an effect is
 * `unclear`; nothing is deleted that does not carry the reservation's label.
 * Concurrency: stateless but for the link and a bounded number of calls at once.
 */
import type { PodOrder, PodReference } from '../../domain/pod.js';
import type { PodEvent } from '../../domain/pod-info.js';
import type { KubernetesSettings, Settings } from '../../settings.js';
import {
  type CallOptions,
  type ClusterChange,
  ClusterProvider,
  type ClusterSnapshot,
  type ClusterTarget,
  type LogOptions,
  type PodFinding,
  type ProbeReport,
  type UsageReport,
  type WatchCursor,
} from '../cluster-provider.js';
import { ClusterProbe } from './cluster-probe.js';
import { observeCluster, watchCluster } from './cluster-watch.js';
import { KubeCalls } from './kube-calls.js';
import type { KubeLink } from './kube-link.js';
import { createPod } from './pod-create.js';
import { deletePod } from './pod-delete.js';
import { podEvents } from './pod-events.js';
import { findPod } from './pod-find.js';
import { podLogs } from './pod-logs.js';
import { readUsage } from './usage-mapping.js';

export class CloudKubernetesProvider extends ClusterProvider {
  readonly #closed = new AbortController();
  readonly #settings: KubernetesSettings;
  readonly #calls: KubeCalls;
  readonly #probe: ClusterProbe;

  constructor(
    readonly target: ClusterTarget,
    private readonly link: KubeLink,
    settings: Settings,
  ) {
    super();
    this.#settings = settings.kubernetes;
    const { maxResponseBytes: maxBytes, maxDepth, connections } = settings.kubernetes;
    this.#calls = new KubeCalls(link, { maxBytes, maxDepth, connections }, this.#closed.signal);
    this.#probe = new ClusterProbe(link, this.#calls);
  }

  override probe(options: CallOptions): Promise<ProbeReport> {
    return this.#probe.run(options);
  }

  override observe(options: CallOptions): Promise<ClusterSnapshot> {
    return observeCluster(this.#calls, this.#settings, options);
  }

  override watch(cursor: WatchCursor, onChange: (change: ClusterChange) => void, options: CallOptions) {
    return watchCluster(this.#calls, this.#settings, cursor, onChange, options);
  }

  override usage(options: CallOptions): Promise<UsageReport | null> {
    return readUsage(this.#calls, options);
  }

  override createPod(order: PodOrder, options: CallOptions): Promise<void> {
    return createPod(this.#calls, order, options);
  }

  override deletePod(reference: PodReference, options: CallOptions): Promise<void> {
    return deletePod(this.#calls, reference, options);
  }

  override findPod(reference: PodReference, options: CallOptions): Promise<PodFinding> {
    return findPod(this.#calls, reference, options);
  }

  override logs(reference: PodReference, log: LogOptions, options: CallOptions): AsyncIterable<string> {
    return podLogs(this.#calls, reference, log, options);
  }

  override events(reference: PodReference, options: CallOptions): Promise<PodEvent[]> {
    return podEvents(this.#calls, reference, options);
  }

  override async close(): Promise<void> {
    this.#closed.abort();
    await this.link.close();
  }
}
