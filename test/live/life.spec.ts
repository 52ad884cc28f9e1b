import type { PodDto } from '../../src/pods/pod.dto.js';
import type { AmountsDto } from '../../src/http/amounts.dto.js';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { fact, imageOf, isGiven } from './facts.js';
import { agree, compare, deleteAll, finish, NAMESPACE } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import type { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { type Launch, LiveBerth } from './support/live-berth.js';
import { registerMachine } from './support/registered.js';
import { runCommand } from './support/run-command.js';

const NEW_NODE = 'live-extra';

describe('the life of a pod', () => {
  let berth: LiveBerth;
  let server: ServerDto;
  let cluster: Cluster;
  let free: AmountsDto;
  let node: string;

  const launch = (asked: Partial<Launch> = {}, wait = 30): Promise<PodDto> =>
    berth.launch({ image: imageOf('plain', 'web'), serverId: server.id, ...asked }, wait);

  async function nodeNow(name: string): Promise<ServerDto['nodes'][number] | undefined> {
    return (await berth.server(server.id)).nodes.find((each) => each.name === name);
  }

  beforeAll(async () => {
    if (!isGiven('plain')) return;
    berth = await LiveBerth.start();
    ({ server, cluster } = await registerMachine(berth, 'plain'));
    free = (await berth.server(server.id)).capacity.available;
    node = server.nodes[0]?.name ?? '';
  });

  afterEach(async () => {
    await deleteAll(berth, server.id, cluster);
    await agree(berth, server.id, cluster);
    await eventually('the room is exactly what it was', async () => {
      expect((await berth.server(server.id)).capacity.available).toEqual(free);
      return true;
    });
  });

  afterAll(() => finish(berth, [cluster]));

  caseWith(
    ['plain'],
    'launch waits for Running; delete leaves nothing on the cluster and gives the room back',
    async () => {
      const pod = await launch({ cpus: 0.5, memoryGiB: 0.25, storageGiB: 1 });
      expect(pod).toMatchObject({ state: 'Running', reason: '', reservation: { state: 'Bound', createAttempts: 1 } });
      expect(await cluster.tracesOf(NAMESPACE, pod.reservation.id)).toHaveLength(3);
      await compare(berth, server.id, cluster);
      expect((await berth.server(server.id)).capacity.reserved).toEqual({
        cpus: 0.5,
        memoryGiB: 0.25,
        storageGiB: 1,
        gpus: 0,
      });
      await berth.remove(pod.id);
      await berth.podIn('Deleted', pod.id);
      expect(await cluster.tracesOf(NAMESPACE, pod.reservation.id)).toEqual([]);
    },
  );

  caseWith(['plain.hasMetrics'], 'what it really uses appears, on the pod and on the server', async () => {
    const pod = await launch();
    const used = await eventually(
      'usage is measured',
      async () => (await berth.pod(pod.id)).usage ?? undefined,
      60_000,
    );
    expect(used.cpus + used.memoryGiB).toBeGreaterThan(0);
    expect((await berth.server(server.id)).usage).not.toBeNull();
  });

  caseWith(['plain'], 'its log can be read: all, the tail, since, and followed', async () => {
    const pod = await launch();
    const all = await eventually('there is a log', async () => (await berth.logs(pod.id)) || undefined);
    expect(all.split('\n').length).toBeGreaterThan(2);
    expect((await berth.logs(pod.id, '?tail=2')).trimEnd().split('\n')).toHaveLength(2);
    expect(await berth.logs(pod.id, '?tail=1&timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\S+ /);
    expect((await berth.logs(pod.id, '?since=1')).length).toBeLessThanOrEqual(all.length);
    const stop = new AbortController();
    const response = await berth.open(`/api/v1/pods/${pod.id}/logs?follow=true&tail=1`, stop.signal);
    const first = await response.body?.getReader().read();
    expect(Buffer.from(first?.value ?? []).toString()).toMatch(/\S/);
    stop.abort();
  });

  caseWith(['plain'], 'its events tell how it came to run', async () => {
    const pod = await launch();
    const reasons = (await berth.events(pod.id)).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['ScalingReplicaSet', 'SuccessfulCreate', 'Scheduled']));
  });

  describe.each([
    ['missing', 'ImagePullFailed'],
    ['crash', 'CrashLoop'],
    ['oom', 'OutOfMemory'],
  ])('of the image "%s"', (image, reason) => {
    caseWith(
      ['plain.hasFailingImages'],
      `is reported as ${reason} with its events, and keeps its room until it is deleted`,
      async () => {
        const { id } = await launch({ image: imageOf('plain', image), cpus: 0.3 });
        const pod = await berth.podIn('Failing', id);
        expect(pod).toMatchObject({
          reason,
          message: expect.stringMatching(/\S/) as string,
          reservation: { state: 'Bound' },
        });
        expect((await berth.events(id)).map(({ type }) => type)).toContain('Warning');
        expect((await berth.server(server.id)).capacity.reserved.cpus).toBe(0.3);
        await compare(berth, server.id, cluster);
      },
    );
  });

  caseWith(
    ['plain'],
    'when somebody took the room meanwhile, it is Unschedulable, and the overcommit is shown',
    async () => {
      const before = await nodeNow(node);
      const room = before?.capacity.available.cpus ?? 0;
      await berth.post('/api/v1/jobs/refresh/stop');
      await cluster.addForeign({ name: 'taker', requests: { cpu: String(room) }, nodeName: node });
      const { id } = await launch({ nodeName: node, cpus: 0.5 }, 0);
      await berth.post('/api/v1/jobs/refresh/start');
      const pod = await berth.podIn('Failing', id);
      expect(pod).toMatchObject({ reason: 'Unschedulable', reservation: { state: 'Bound' } });
      expect((await berth.events(id)).map(({ reason }) => reason)).toContain('FailedScheduling');
      const capacity = (await nodeNow(node))?.capacity;
      expect(capacity).toMatchObject({ available: { cpus: 0 }, reserved: { cpus: 0.5 }, overcommitted: { cpus: 0.5 } });
      const problem = await berth.tryLaunch({ image: 'any', serverId: server.id, nodeName: node });
      expect(problem).toMatchObject({
        status: 409,
        body: { code: 'INSUFFICIENT_RESOURCES', shortfalls: [{ resource: 'cpus' }] },
      });
      await cluster.removeForeign('taker');
      await berth.podIn('Running', id);
    },
  );

  caseWith(['plain'], "others' pods are counted and shown", async () => {
    await cluster.addForeign({ name: 'stranger', requests: { cpu: '250m', memory: '128Mi' }, nodeName: node });
    const seen = await eventually('the foreign pod is seen', async () =>
      (await berth.clusterPods(server.id)).find(({ name }) => name === 'stranger'),
    );
    expect(seen).toMatchObject({
      podId: null,
      isOrphan: false,
      nodeName: node,
      amounts: { cpus: 0.25, memoryGiB: 0.125 },
    });
    await agree(berth, server.id, cluster);
    const now = await berth.server(server.id);
    expect(now.pods.foreign).toBe(server.pods.foreign + 1);
    expect(now.capacity.available.cpus).toBeCloseTo(free.cpus - 0.25, 3);
    await cluster.removeForeign('stranger');
  });

  caseWith(
    ['plain'],
    'when its Deployment is deleted on the cluster it has Vanished, and the room is back',
    async () => {
      const pod = await launch();
      await cluster.removeDeployment(NAMESPACE, pod.clusterName.split('/')[1] ?? '');
      await berth.podIn('Vanished', pod.id, 30_000);
      expect((await berth.server(server.id)).capacity.reserved.cpus).toBe(0);
    },
  );

  caseWith(['plain.addNode', 'plain.removeNode'], 'capacity follows the nodes that come and go', async () => {
    await runCommand(fact('plain', 'addNode'), NEW_NODE);
    const added = await eventually('the new node is open', async () => {
      const found = await nodeNow(NEW_NODE);
      return found?.closedReason === null ? found : undefined;
    });
    expect((await berth.server(server.id)).capacity.available.cpus).toBeCloseTo(
      free.cpus + added.capacity.available.cpus,
      3,
    );
    const pod = await launch({ nodeName: NEW_NODE });
    expect(pod).toMatchObject({ state: 'Running', nodeName: NEW_NODE });
    await deleteAll(berth, server.id, cluster);
    await runCommand(fact('plain', 'removeNode'), NEW_NODE);
    await eventually('the node is gone', async () => (await nodeNow(NEW_NODE)) === undefined);
  });
});
