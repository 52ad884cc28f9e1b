import { sandboxConnection } from '../../../test/support/server-record.js';
import type { PodInfo } from '../../domain/pod-info.js';
import type { PodOrder } from '../../domain/pod.js';
import { resources } from '../../domain/resources.js';
import type { SandboxConnection } from '../../domain/server.js';
import type { ClusterChange, ClusterProvider, ClusterSnapshot, LogOptions } from '../cluster-provider.js';
import { type SandboxFault, SandboxFaults } from './sandbox-faults.js';
import { SANDBOX_TIMES } from './sandbox-times.js';
import { SandboxWorlds } from './sandbox-worlds.js';
import { SandboxProviderFactory } from './sandbox.provider.js';

const GIB = 1024 ** 3;
const soon = { timeoutMs: 5_000 };
const QUICK = {
  startMs: 5,
  slowMs: 20,
  stopMs: 5,
  stickyMs: 40,
  crashMs: 5,
  restartMs: 5,
  aliveMs: 20,
  watchMs: 10_000,
  logLineMs: 10,
};
const allLines: LogOptions = {
  tailLines: null,
  sinceSeconds: null,
  isPrevious: false,
  isFollowed: false,
  hasTimestamps: false,
};

class Rig {
  readonly faults = new SandboxFaults();
  readonly worlds = new SandboxWorlds();
  readonly provider: ClusterProvider;
  #pods = 0;

  constructor(readonly connection: SandboxConnection = sandboxConnection()) {
    this.worlds.times = { ...SANDBOX_TIMES, ...QUICK };
    this.provider = this.open();
  }

  open(connection: SandboxConnection = this.connection): ClusterProvider {
    const factory = new SandboxProviderFactory(this.worlds, this.faults);
    return factory.open({ serverId: 'a', connectionRevision: 1, connection, credential: null, namespace: 'berth' });
  }

  cluster() {
    return this.worlds.get('a', this.connection);
  }

  order(image = 'registry.test/web:1', some: Partial<PodOrder> = {}): PodOrder {
    const id = `pod-${(this.#pods += 1)}`;
    return {
      reference: { podId: id, reservationId: `r-${id}`, namespace: 'berth', objectName: id },
      name: id,
      nodeName: 'sandbox-1',
      amounts: resources({ cpuMilli: 1_000, memoryBytes: GIB }),
      gpuResource: null,
      spec: { image, command: [], args: [], env: [], ports: [], runAsNonRoot: false },
      ...some,
    };
  }

  /** Follows the cluster until the pod of the order is as wished, or gone where that is wished. */
  async until(order: PodOrder, isWished: (pod: PodInfo | undefined) => boolean): Promise<PodInfo | undefined> {
    const own = (pod: PodInfo): boolean => pod.reservationId === order.reference.reservationId;
    const snapshot = await this.provider.observe(soon);
    let pod = snapshot.pods.find(own);
    if (isWished(pod)) return pod;
    const stop = new AbortController();
    const hear = (change: ClusterChange): void => {
      if (change.kind === 'pod' && own(change.pod)) pod = change.pod;
      else if (change.kind === 'pod-gone' && change.uid === pod?.uid) pod = undefined;
      else return;
      if (isWished(pod)) stop.abort();
    };
    await expect(this.provider.watch(snapshot.cursor, hear, { ...soon, signal: stop.signal })).rejects.toMatchObject({
      code: 'CLOSED',
    });
    return pod;
  }
}

const isRunning = (pod: PodInfo | undefined): boolean => pod?.isReady === true;
const isGone = (pod: PodInfo | undefined): boolean => pod === undefined;

describe('the nodes of a sandbox', () => {
  it('offer what the connection says, and run a few small pods of others', async () => {
    const rig = new Rig(sandboxConnection({ nodeCount: 3, gpuCountPerNode: 2 }));
    const { nodes, pods } = await rig.provider.observe(soon);
    expect(nodes.map((node) => node.name)).toEqual(['sandbox-1', 'sandbox-2', 'sandbox-3']);
    expect(nodes[0]).toMatchObject({
      gpuResource: 'nvidia.com/gpu',
      allocatable: { cpuMilli: 8_000, gpuCount: 2, podCount: 110 },
    });
    for (const { name } of nodes)
      expect(pods.filter((pod) => pod.nodeName === name && pod.reservationId === null).length).toBeGreaterThan(0);
  });

  it('are the same for the same seed', async () => {
    const names = async (seed: number): Promise<string[]> => {
      const { pods } = await new Rig(sandboxConnection({ seed, nodeCount: 5 })).provider.observe(soon);
      return pods.map((pod) => pod.name);
    };
    expect(await names(7)).toEqual(await names(7));
    expect(await names(7)).not.toEqual(await names(8));
  });

  it('follow an edited connection, and outlive the provider', async () => {
    const rig = new Rig(sandboxConnection({ nodeCount: 2 }));
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    await rig.provider.close();
    const reopened = rig.open(sandboxConnection({ nodeCount: 3, cpuMilliPerNode: 2_000 }));
    const { nodes } = await reopened.observe(soon);
    expect(nodes.map((node) => node.allocatable.cpuMilli)).toEqual([2_000, 2_000, 2_000]);
    await expect(reopened.findPod(order.reference, soon)).resolves.toMatchObject({ found: 'present' });
  });
});

describe('the pods of a sandbox', () => {
  it('run soon on their node', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    const pod = await rig.until(order, isRunning);
    expect(pod).toMatchObject({
      phase: 'Running',
      nodeName: 'sandbox-1',
      request: { cpuMilli: 1_000, podCount: 1 },
      failure: null,
    });
  });

  it.each([
    ['registry.test/missing:1', 'ImagePullFailed', { state: 'waiting', reason: 'ImagePullBackOff' }],
    [
      'registry.test/crash:1',
      'CrashLoop',
      { state: 'waiting', reason: 'CrashLoopBackOff', lastTermination: { exitCode: 1 } },
    ],
    [
      'registry.test/oom:1',
      'OutOfMemory',
      { state: 'waiting', lastTermination: { reason: 'OOMKilled', exitCode: 137 } },
    ],
  ])('fail as the image %s says', async (image, reason, container) => {
    const rig = new Rig();
    const order = rig.order(image);
    await rig.provider.createPod(order, soon);
    const pod = await rig.until(
      order,
      (each) => each?.failure?.reason === reason && each.containers[0]?.reason.endsWith('BackOff') === true,
    );
    expect(pod?.containers[0]).toMatchObject(container);
  });

  it('restart again and again when they crash', async () => {
    const rig = new Rig();
    const order = rig.order('registry.test/crash:1');
    await rig.provider.createPod(order, soon);
    const pod = await rig.until(order, (each) => (each?.containers[0]?.restartCount ?? 0) >= 3);
    expect(pod?.containers[0]?.lastTermination?.finishedAt).not.toBeNull();
  });

  it('terminate before they are gone, and only then does a quorum read say gone', async () => {
    const rig = new Rig();
    const order = rig.order('registry.test/sticky:1');
    await rig.provider.createPod(order, soon);
    await rig.until(order, isRunning);
    await rig.provider.deletePod(order.reference, soon);
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toMatchObject({
      found: 'present',
      isTerminating: true,
    });
    await rig.until(order, isGone);
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toEqual({ found: 'gone' });
    await expect(rig.provider.deletePod(order.reference, soon)).resolves.toBeUndefined();
  });

  it('are made once, however often the same order is sent', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    const first = await rig.until(order, isRunning);
    await rig.provider.createPod(order, soon);
    const { pods } = await rig.provider.observe(soon);
    expect(pods.filter((pod) => pod.reservationId !== null)).toEqual([first]);
  });

  it('do not share a name with another reservation, and are neither found nor deleted by it', async () => {
    const rig = new Rig();
    const order = rig.order();
    const other = { ...order, reference: { ...order.reference, reservationId: 'another' } };
    await rig.provider.createPod(order, soon);
    await expect(rig.provider.createPod(other, soon)).rejects.toMatchObject({
      code: 'KUBERNETES_CONFLICT',
      outcome: 'refused',
    });
    await rig.provider.deletePod(other.reference, soon);
    await expect(rig.provider.findPod(other.reference, soon)).resolves.toEqual({ found: 'gone' });
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toMatchObject({
      found: 'present',
      isTerminating: false,
    });
  });

  it('wait while they do not fit, and start when room comes back', async () => {
    const rig = new Rig();
    const big = rig.order('registry.test/web:1', { amounts: resources({ cpuMilli: 7_000 }) });
    const late = rig.order('registry.test/web:1', { amounts: resources({ cpuMilli: 7_000 }) });
    await rig.provider.createPod(big, soon);
    await rig.provider.createPod(late, soon);
    const waiting = await rig.until(late, (pod) => pod?.isUnschedulable === true);
    expect(waiting).toMatchObject({ nodeName: null, failure: { reason: 'Unschedulable' } });
    await rig.provider.deletePod(big.reference, soon);
    expect(await rig.until(late, isRunning)).toMatchObject({ failure: null, isUnschedulable: false });
  });

  it.each([
    ['is cordoned', { isCordoned: true }],
    ['is not ready', { isReady: false }],
  ])('wait while their node %s', async (_, change) => {
    const rig = new Rig();
    const [node] = rig.cluster().snapshot().nodes;
    rig.cluster().setNode({ ...node!, ...change });
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    await rig.until(order, (pod) => pod?.isUnschedulable === true);
    rig.cluster().setNode(node!);
    await rig.until(order, isRunning);
  });

  it('are lost with their node', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    await rig.until(order, isRunning);
    rig.cluster().removeNode('sandbox-1');
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toEqual({ found: 'gone' });
  });

  it('have a history and a measured use', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    const pod = await rig.until(order, isRunning);
    const events = await rig.provider.events(order.reference, soon);
    expect(events.map((event) => event.reason)).toEqual([
      'ScalingReplicaSet',
      'Scheduled',
      'Pulling',
      'Pulled',
      'Started',
    ]);
    const usage = await rig.provider.usage(soon);
    expect(usage?.pods[`berth/${pod!.name}`]?.cpuMilli).toBeGreaterThan(0);
    expect(usage?.nodes['sandbox-1']?.cpuMilli).toBeGreaterThan(usage!.pods[`berth/${pod!.name}`]!.cpuMilli);
  });
});

describe('the logs of a sandbox', () => {
  const read = async (lines: AsyncIterable<string>, most = Infinity): Promise<string[]> => {
    const all: string[] = [];
    for await (const chunk of lines) {
      all.push(...chunk.trimEnd().split('\n'));
      if (all.length >= most) break;
    }
    return all;
  };

  it('are refused before the container has started', async () => {
    const rig = new Rig();
    const order = rig.order('registry.test/missing:1');
    await rig.provider.createPod(order, soon);
    await expect(read(rig.provider.logs(order.reference, allLines, soon))).rejects.toMatchObject({
      code: 'POD_HAS_NO_LOG',
    });
    const unknown = { ...order.reference, reservationId: 'unknown' };
    await expect(read(rig.provider.logs(unknown, allLines, soon))).rejects.toMatchObject({ code: 'POD_NOT_FOUND' });
  });

  it('go on while they are followed, and end with the pod', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    await rig.until(order, isRunning);
    const first = await read(rig.provider.logs(order.reference, { ...allLines, isFollowed: true }, soon), 4);
    expect(first.slice(0, 2).map((line) => line.split(' of ')[0])).toEqual(['line 1', 'line 2']);
    expect(
      await read(rig.provider.logs(order.reference, { ...allLines, tailLines: 2, hasTimestamps: true }, soon)),
    ).toHaveLength(2);
    const rest = read(rig.provider.logs(order.reference, { ...allLines, isFollowed: true }, soon));
    await rig.provider.deletePod(order.reference, soon);
    await rig.until(order, isGone);
    expect((await rest).length).toBeGreaterThanOrEqual(first.length);
  });

  it('end with the signal', async () => {
    const rig = new Rig();
    const order = rig.order();
    await rig.provider.createPod(order, soon);
    await rig.until(order, isRunning);
    const stop = new AbortController();
    const lines: string[] = [];
    for await (const chunk of rig.provider.logs(
      order.reference,
      { ...allLines, isFollowed: true },
      { ...soon, signal: stop.signal },
    )) {
      lines.push(chunk);
      stop.abort();
    }
    expect(lines.length).toBeGreaterThan(0);
  });

  it('tell of the container before the last restart', async () => {
    const rig = new Rig();
    const order = rig.order('registry.test/crash:1');
    await rig.provider.createPod(order, soon);
    await rig.until(order, (pod) => (pod?.containers[0]?.restartCount ?? 0) >= 1);
    expect(
      (await read(rig.provider.logs(order.reference, { ...allLines, isPrevious: true }, soon))).length,
    ).toBeGreaterThan(0);
  });
});

describe('the wire of a sandbox', () => {
  it.each<[SandboxFault, string, string, boolean]>([
    [{ kind: 'refuse', code: 'KUBERNETES_FORBIDDEN' }, 'KUBERNETES_FORBIDDEN', 'refused', false],
    [{ kind: 'lose-request', code: 'CONNECTION_LOST' }, 'CONNECTION_LOST', 'unclear', false],
    [{ kind: 'lose-answer', code: 'CONNECTION_LOST' }, 'CONNECTION_LOST', 'unclear', true],
    [{ kind: 'hang' }, 'CONNECTION_TIMEOUT', 'unclear', false],
  ])('meets %j once', async (fault, code, outcome, hasEffect) => {
    const rig = new Rig();
    const order = rig.order();
    rig.faults.plan('a', 'createPod', fault);
    await expect(rig.provider.createPod(order, { timeoutMs: 20 })).rejects.toMatchObject({ code, outcome });
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toMatchObject({
      found: hasEffect ? 'present' : 'gone',
    });
    await expect(rig.provider.createPod(order, soon)).resolves.toBeUndefined();
    expect(rig.faults.count('a', 'createPod')).toBe(2);
  });

  it('can let a create take effect after its caller has given up', async () => {
    const rig = new Rig();
    const order = rig.order();
    rig.faults.plan('a', 'createPod', { kind: 'late', afterMs: 10 });
    await expect(rig.provider.createPod(order, soon)).rejects.toMatchObject({ outcome: 'unclear' });
    await expect(rig.provider.findPod(order.reference, soon)).resolves.toEqual({ found: 'gone' });
    await rig.until(order, isRunning);
  });

  it('ends calls by deadline, by signal and by close, with the outcome that a real wire has', async () => {
    const rig = new Rig(sandboxConnection({ latencyMs: 60_000 }));
    const order = rig.order();
    await expect(rig.provider.createPod(order, { timeoutMs: 10 })).rejects.toMatchObject({
      code: 'CONNECTION_TIMEOUT',
      outcome: 'unclear',
    });
    const given = { timeoutMs: 60_000, signal: AbortSignal.timeout(5) };
    await expect(rig.provider.findPod(order.reference, given)).rejects.toMatchObject({ outcome: 'refused' });
    const pending = rig.provider.observe({ timeoutMs: 60_000 });
    await rig.provider.close();
    await expect(pending).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(rig.provider.probe({ timeoutMs: 60_000 })).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('fails the same share of calls in the same order for the same seed', async () => {
    const outcomes = async (): Promise<string[]> => {
      const rig = new Rig(sandboxConnection({ failureRate: 0.3, seed: 11 }));
      const calls = Array.from({ length: 200 }, () =>
        rig.provider.probe(soon).then(
          () => 'ok',
          (error: { code: string }) => error.code,
        ),
      );
      return Promise.all(calls);
    };
    const first = await outcomes();
    const failures = first.filter((each) => each !== 'ok').length;
    expect(failures).toBeGreaterThan(30);
    expect(failures).toBeLessThan(90);
    expect(await outcomes()).toEqual(first);
  });

  it('lets nothing through while it is cut, and everything after', async () => {
    const rig = new Rig();
    const { cursor } = await rig.provider.observe(soon);
    const watch = rig.provider.watch(cursor, () => undefined, soon);
    rig.faults.cut('a');
    await expect(watch).rejects.toMatchObject({ code: 'CONNECTION_TIMEOUT' });
    await expect(rig.provider.probe(soon)).rejects.toMatchObject({ code: 'CONNECTION_TIMEOUT', outcome: 'refused' });
    rig.faults.heal('a');
    await expect(rig.provider.probe(soon)).resolves.toBeDefined();
  });
});

describe('the watch of a sandbox', () => {
  it('tells first what was missed since the cursor', async () => {
    const rig = new Rig();
    const { cursor }: ClusterSnapshot = await rig.provider.observe(soon);
    const [node] = rig.cluster().snapshot().nodes;
    rig.cluster().setNode({ ...node!, isCordoned: true });
    const heard: ClusterChange[] = [];
    rig.faults.plan('a', 'watch', { kind: 'end' });
    const end = await rig.provider.watch(cursor, (change) => heard.push(change), soon);
    expect(heard).toEqual([{ kind: 'node', node: { ...node, isCordoned: true } }]);
    expect(end).toEqual({ end: 'ended', cursor: rig.cluster().changes.cursor });
  });

  it('expires a cursor that is too old or of another life', async () => {
    const rig = new Rig();
    const { cursor } = await rig.provider.observe(soon);
    rig.cluster().removeNode('sandbox-1');
    rig.cluster().changes.forget();
    for (const old of [cursor, 'another-life:3', 'nonsense']) {
      await expect(rig.provider.watch(old, () => undefined, soon)).resolves.toEqual({ end: 'expired' });
    }
  });

  it('says that it is alive while nothing changes, and fails when it is silent', async () => {
    const rig = new Rig();
    const { cursor } = await rig.provider.observe(soon);
    const heard = Promise.withResolvers<ClusterChange>();
    const stop = new AbortController();
    const watch = rig.provider.watch(cursor, heard.resolve, { ...soon, signal: stop.signal });
    expect(await heard.promise).toEqual({ kind: 'alive' });
    stop.abort();
    await expect(watch).rejects.toMatchObject({ code: 'CLOSED' });
    rig.faults.plan('a', 'watch', { kind: 'hang' });
    await expect(rig.provider.watch(cursor, () => undefined, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'CONNECTION_TIMEOUT',
    });
  });
});
