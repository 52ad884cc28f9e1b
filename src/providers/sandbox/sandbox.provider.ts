/**
 * The port over a pretend cluster, for demos and fast tests. Nothing leaves the process.
 * Promises the same as every provider: a repeated create is recognised, another's object is never touched, `findPod` tells the truth.
 */
import { Injectable } from '@nestjs/common';
import { BerthError } from '../../domain/errors.js';
import type { PodEvent } from '../../domain/pod-info.js';
import type { PodOrder, PodReference } from '../../domain/pod.js';
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
import { ProviderFactory } from '../provider-registry.js';
import type { SandboxCluster } from './sandbox-cluster.js';
import { SandboxFaults } from './sandbox-faults.js';
import { sandboxLog } from './sandbox-log.js';
import type { SandboxTimes } from './sandbox-times.js';
import { sandboxUsage } from './sandbox-usage.js';
import { watchSandbox } from './sandbox-watch.js';
import { SandboxWire } from './sandbox-wire.js';
import { SandboxWorlds } from './sandbox-worlds.js';

export class SandboxProvider extends ClusterProvider {
  constructor(
    private readonly wire: SandboxWire,
    private readonly cluster: SandboxCluster,
    private readonly times: SandboxTimes,
    private readonly isRbacOn = true,
  ) {
    super();
  }

  async probe(options: CallOptions): Promise<ProbeReport> {
    const begun = performance.now();
    await this.wire.call('probe', options, () => undefined);
    const latencyMs = Math.round(performance.now() - begun);
    options.onStep?.('api');
    return {
      steps: [
        { step: 'link', latencyMs: 0 },
        { step: 'api', latencyMs },
      ],
      facts: {
        kubernetesVersion: 'v1.36.0',
        clusterUid: '',
        isTunnelled: false,
        isRbacOn: this.isRbacOn,
        certificateExpiresAt: null,
        kubeconfigSource: '',
      },
    };
  }

  observe(options: CallOptions): Promise<ClusterSnapshot> {
    return this.wire.call('observe', options, () => this.cluster.snapshot());
  }

  watch(
    cursor: WatchCursor,
    onChange: (change: ClusterChange) => void,
    options: CallOptions,
  ): ReturnType<ClusterProvider['watch']> {
    return watchSandbox(this.wire, this.cluster, cursor, onChange, options, this.times);
  }

  usage(options: CallOptions): Promise<UsageReport | null> {
    return this.wire.call('usage', options, () => sandboxUsage(this.cluster.snapshot(), Date.now()));
  }

  createPod(order: PodOrder, options: CallOptions): Promise<void> {
    return this.wire.call('createPod', options, () => this.cluster.create(order));
  }

  deletePod(reference: PodReference, options: CallOptions): Promise<void> {
    return this.wire.call('deletePod', options, () => this.cluster.delete(reference));
  }

  findPod(reference: PodReference, options: CallOptions): Promise<PodFinding> {
    return this.wire.call('findPod', options, () => this.cluster.find(reference));
  }

  async *logs(reference: PodReference, log: LogOptions, options: CallOptions): AsyncGenerator<string> {
    await this.wire.call('logs', options, () => undefined);
    const ends = this.wire.endsWithoutDeadline(options.signal);
    yield* sandboxLog(() => this.cluster.look(reference)?.pod, log, this.times.logLineMs, ends);
  }

  events(reference: PodReference, options: CallOptions): Promise<PodEvent[]> {
    return this.wire.call('events', options, () => this.cluster.look(reference)?.events.list() ?? []);
  }

  close(): Promise<void> {
    this.wire.close();
    return Promise.resolve();
  }
}

@Injectable()
export class SandboxProviderFactory extends ProviderFactory {
  constructor(
    private readonly worlds: SandboxWorlds,
    private readonly faults: SandboxFaults,
  ) {
    super();
  }

  open({ serverId, connection }: ClusterTarget): ClusterProvider {
    if (connection.kind !== 'sandbox') throw new BerthError('INTERNAL', `${connection.kind} is no sandbox.`);
    const wire = new SandboxWire(serverId, connection, this.faults);
    const cluster = this.worlds.get(serverId, connection);
    return new SandboxProvider(wire, cluster, this.worlds.times, connection.scene?.trouble !== 'rbac-off');
  }
}
