/** What every provider keeps, whatever is behind it. */
import { ClusterError } from '../../src/domain/errors.js';
import { isLive } from '../../src/domain/pod-info.js';
import type { PodOrder } from '../../src/domain/pod.js';
import type { ClusterChange } from '../../src/providers/cluster-provider.js';
import {
  CALL,
  collect,
  type ContractCluster,
  findingWhen,
  isGone,
  MIB,
  orderFor,
  podWhen,
} from './contract-cluster.js';

const WHOLE_LOG = { tailLines: null, sinceSeconds: null, isPrevious: false, isFollowed: false, hasTimestamps: false };

export async function failureOf(call: Promise<unknown>): Promise<ClusterError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ClusterError) return error;
    throw error;
  }
  throw new Error('the call did not fail');
}

export function describeProvider(name: string, makeCluster: () => Promise<ContractCluster>): void {
  describe(`every provider: ${name}`, () => {
    let cluster: ContractCluster;
    let launched: PodOrder[] = [];

    beforeAll(async () => {
      cluster = await makeCluster();
    });
    afterEach(async () => {
      for (const { reference } of launched) await cluster.provider.deletePod(reference, CALL);
      for (const order of launched) await findingWhen(cluster.provider, order, isGone);
      launched = [];
    });
    afterAll(() => cluster.stop());

    async function launch(wish: Parameters<typeof orderFor>[1] = {}): Promise<PodOrder> {
      const order = orderFor(cluster, wish);
      launched.push(order);
      await cluster.provider.createPod(order, CALL);
      return order;
    }

    it('probes the link and the API, and says which Kubernetes it is', async () => {
      const { steps, facts } = await cluster.provider.probe(CALL);
      expect(steps.map((each) => each.step)).toEqual(['link', 'api']);
      expect(facts.kubernetesVersion).toMatch(/^v1\.\d+/);
    });

    it('lists nodes with what they offer', async () => {
      const { nodes, cursor } = await cluster.provider.observe(CALL);
      const node = nodes.find((each) => each.name === cluster.nodeName);
      expect(node).toMatchObject({ isReady: true, isCordoned: false, gpuResource: cluster.gpuResource });
      expect(node?.allocatable.cpuMilli).toBeGreaterThanOrEqual(2_000);
      expect(node?.allocatable.podCount).toBeGreaterThan(0);
      expect(cursor).not.toBe('');
    });

    it('creates a pod on the reserved node with exactly the reserved amounts', async () => {
      const amounts = { cpuMilli: 750, memoryBytes: 300 * MIB, storageBytes: 100 * MIB, gpuCount: 1 };
      const order = await launch({ amounts, gpuResource: cluster.gpuResource });
      const pod = await podWhen(cluster.provider, order, (each) => each.phase === 'Running' && each.isReady);
      expect(pod).toMatchObject({ nodeName: cluster.nodeName, request: { ...amounts, podCount: 1 }, failure: null });
      expect(pod.containers).toMatchObject([{ image: order.spec.image, state: 'running' }]);
    });

    it('recognises its own pod when it is created again', async () => {
      const order = await launch();
      await podWhen(cluster.provider, order, (each) => each.phase === 'Running');
      await cluster.provider.createPod(order, CALL);
      const finding = await cluster.provider.findPod(order.reference, CALL);
      expect(finding).toMatchObject({ found: 'present', isTerminating: false });
      expect(finding.found === 'present' && finding.pods.length).toBe(1);
    });

    it('never takes the object of another reservation for its own, and never deletes it', async () => {
      const order = await launch();
      const other = { ...order, reference: { ...orderFor(cluster).reference, objectName: order.reference.objectName } };
      const refused = await failureOf(cluster.provider.createPod(other, CALL));
      expect(refused).toMatchObject({ code: 'KUBERNETES_CONFLICT', outcome: 'refused' });
      await cluster.provider.deletePod(other.reference, CALL);
      expect(await cluster.provider.findPod(other.reference, CALL)).toEqual({ found: 'gone' });
      expect(await cluster.provider.findPod(order.reference, CALL)).toMatchObject({
        found: 'present',
        isTerminating: false,
      });
    });

    it('deletes until nothing is left, and deleting what is not there is success', async () => {
      const order = await launch();
      await podWhen(cluster.provider, order, (each) => each.phase === 'Running');
      await cluster.provider.deletePod(order.reference, CALL);
      await cluster.provider.deletePod(order.reference, CALL);
      await findingWhen(cluster.provider, order, isGone);
      const { pods } = await cluster.provider.observe(CALL);
      expect(pods.filter((each) => each.reservationId === order.reference.reservationId)).toEqual([]);
    });

    it('shows a pod that takes its time to stop as terminating and still claiming', async () => {
      const order = await launch({ image: cluster.image('sticky') });
      await podWhen(cluster.provider, order, (each) => each.phase === 'Running');
      await cluster.provider.deletePod(order.reference, CALL);
      const finding = await findingWhen(
        cluster.provider,
        order,
        (each) => each.found === 'present' && each.isTerminating,
      );
      expect(finding.found === 'present' && finding.pods.filter(isLive)).toHaveLength(1);
    });

    it.each([
      ['missing', 'ImagePullFailed'],
      ['crash', 'CrashLoop'],
      ['oom', 'OutOfMemory'],
    ])('says why a pod of the image "%s" does not run', async (fate, reason) => {
      const order = await launch({ image: cluster.image(fate) });
      const pod = await podWhen(cluster.provider, order, (each) => each.failure !== null);
      expect(pod.failure?.reason).toBe(reason);
    });

    it('says when the cluster finds no room', async () => {
      const order = await launch({ amounts: { cpuMilli: 10_000_000 } });
      const pod = await podWhen(cluster.provider, order, (each) => each.isUnschedulable);
      expect(pod).toMatchObject({ nodeName: null, failure: { reason: 'Unschedulable' } });
    });

    it('streams what happens after the list', async () => {
      const { cursor } = await cluster.provider.observe(CALL);
      const seen: ClusterChange['kind'][] = [];
      const stop = new AbortController();
      const order = orderFor(cluster);
      launched.push(order);
      const watching = cluster.provider.watch(
        cursor,
        (change) => {
          if (change.kind === 'pod' && change.pod.reservationId === order.reference.reservationId) seen.push('pod');
          if (change.kind === 'pod-gone') stop.abort();
        },
        { timeoutMs: 60_000, signal: stop.signal },
      );
      const ended = failureOf(watching);
      await cluster.provider.createPod(order, CALL);
      await podWhen(cluster.provider, order, (each) => each.phase === 'Running');
      await cluster.provider.deletePod(order.reference, CALL);
      expect(await ended).toMatchObject({ code: 'CLOSED' });
      expect(seen).toContain('pod');
    });

    it('has no log before the container has started', async () => {
      const order = await launch({ image: cluster.image('slow') });
      const error = await failureOf(collect(cluster.provider.logs(order.reference, WHOLE_LOG, CALL)));
      expect(error.code).toBe('POD_HAS_NO_LOG');
    });

    it('ends a followed log with the signal, without an error', async () => {
      const order = await launch();
      await podWhen(cluster.provider, order, (each) => each.phase === 'Running');
      const stop = new AbortController();
      const followed = collect(
        cluster.provider.logs(order.reference, { ...WHOLE_LOG, isFollowed: true }, { ...CALL, signal: stop.signal }),
      );
      setTimeout(() => stop.abort(), 100);
      expect(typeof (await followed)).toBe('string');
    });

    it('tells the events of a pod, oldest first', async () => {
      const order = await launch({ amounts: { cpuMilli: 10_000_000 } });
      await podWhen(cluster.provider, order, (each) => each.isUnschedulable);
      const events = await cluster.provider.events(order.reference, CALL);
      expect(events.length).toBeGreaterThan(0);
      const times = events.map((each) => each.lastAt ?? '');
      expect(times).toEqual(times.toSorted());
    });

    it('reports usage where there are metrics, and null elsewhere', async () => {
      const usage = await cluster.provider.usage(CALL);
      const seen = usage === null ? 'no' : usage.nodes[cluster.nodeName] === undefined ? 'empty' : 'yes';
      expect(seen).toBe(cluster.hasMetrics);
    });

    it('ends a call with its signal', async () => {
      const error = await failureOf(cluster.provider.observe({ ...CALL, signal: AbortSignal.abort() }));
      expect(error).toMatchObject({ code: 'CLOSED', outcome: 'refused' });
    });
  });
}
