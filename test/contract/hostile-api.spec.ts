/** An API server that lies, floods and sets traps may fail itself, and nobody else (K3, K4, K10, R26, R39, R44). */
import fc from 'fast-check';
import { ClusterError } from '../../src/domain/errors.js';
import type { CloudKubernetesProvider } from '../../src/providers/kubernetes/cloud-kubernetes.provider.js';
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { CALL, collect, openKubernetes, orderFor, podWhen } from './contract-cluster.js';
import { failureOf } from './describe-provider.js';

const MIB = 2 ** 20;
const WHOLE_LOG = { tailLines: null, sinceSeconds: null, isPrevious: false, isFollowed: false, hasTimestamps: false };

describe('a hostile API server', () => {
  let fake: FakeKubernetes;
  let trap: FakeKubernetes | null = null;
  let proxy: FaultProxy;
  let provider: CloudKubernetesProvider;
  const make = (wish: Parameters<typeof orderFor>[1] = {}) =>
    orderFor({ namespace: 'berth', nodeName: 'node-a', image: (fate) => `registry.test/${fate}:1` }, wish);

  beforeEach(async () => {
    fake = await new FakeKubernetes().start();
    proxy = await new FaultProxy(fake.kubeconfig()).start();
    provider = openKubernetes(proxy.kubeconfig(), 'berth');
  });
  afterEach(async () => {
    await provider.close();
    await proxy.stop();
    await fake.stop();
    await trap?.stop();
    trap = null;
  });

  it.each<readonly [string, Fault]>([
    ['a body of 1 GB', { kind: 'flood', chunk: '{"a":"b"},', bytes: 1_024 * MIB }],
    ['a text of 1 GB', { kind: 'flood', chunk: 'x', bytes: 1_024 * MIB }],
    ['20 MB of opening brackets', { kind: 'flood', chunk: '[', bytes: 20 * MIB }],
    ['20 MB of opening braces with keys', { kind: 'flood', chunk: '{"a":', bytes: 20 * MIB }],
    ['millions of empty arrays', { kind: 'flood', chunk: '[],', bytes: 15 * MIB }],
    ['a gzip bomb', { kind: 'gzip-bomb', bytes: 32 * MIB }],
    ['an announced length of 1 TB', { kind: 'answer', status: 200, headers: { 'content-length': `${2 ** 40}` } }],
    ['HTML', { kind: 'answer', status: 200, body: '<html></html>' }],
    ['a JSON array', { kind: 'answer', status: 200, body: '[]' }],
    ['items that are no objects', { kind: 'answer', status: 200, body: '{"kind":"NodeList","items":[1,null]}' }],
    ['a node without a name', { kind: 'answer', status: 200, body: '{"kind":"NodeList","items":[{"metadata":{}}]}' }],
    ['a node named __proto__', { kind: 'answer', status: 200, body: '{"items":[{"metadata":{"name":"__proto__"}}]}' }],
    ['a list that never ends', { kind: 'answer', status: 200, body: '{"items":[],"metadata":{"continue":"again"}}' }],
  ])('fails with a bad response on %s, and takes little memory', async (_name, fault) => {
    proxy.inject({ path: /nodes/, fault });
    const before = process.memoryUsage().rss;
    const error = await failureOf(provider.observe({ timeoutMs: 15_000 }));
    expect(error).toMatchObject({ code: 'KUBERNETES_BAD_RESPONSE', outcome: 'refused' });
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * MIB);
  });

  it('follows no redirect, not even to itself, and leaves the credential at home', async () => {
    trap = await new FakeKubernetes().start();
    for (const location of [`${trap.url}/api/v1/nodes`, '/api/v1/pods', 'http://169.254.169.254/']) {
      proxy.heal();
      proxy.inject({ path: /nodes/, fault: { kind: 'answer', status: 302, headers: { location } } });
      const before = proxy.requests.length;
      const error = await failureOf(provider.observe(CALL));
      expect(error.code).toBe('KUBERNETES_BAD_RESPONSE');
      expect(proxy.requests.length - before).toBe(1);
    }
    expect(trap.requests).toEqual([]);
  });

  it('reads an answer without a length', async () => {
    const body = '{"kind":"NodeList","metadata":{"resourceVersion":"7"},"items":[]}';
    proxy.inject({
      path: /nodes/,
      fault: { kind: 'answer', status: 200, body, headers: { 'transfer-encoding': 'chunked' } },
    });
    expect((await provider.observe(CALL)).nodes).toEqual([]);
  });

  it('begins a list again when a page has expired', async () => {
    for (let each = 0; each < 5; each++) fake.addPod(`p${each}`, 'node-a');
    const paging = openKubernetes(proxy.kubeconfig(), 'berth', { BERTH_KUBERNETES_PAGE_SIZE: '2' });
    proxy.inject({ path: /continue=/, times: 1, fault: { kind: 'answer', status: 410, body: '{"kind":"Status"}' } });
    expect((await paging.observe(CALL)).pods).toHaveLength(5);
    await paging.close();
  });

  it.each(['http', 'stream'] as const)('calls a forgotten cursor expired, told by %s', async (gone) => {
    fake.watches.manners.gone = gone;
    const { cursor } = await provider.observe(CALL);
    fake.addPod('later', 'node-a');
    fake.store.compact();
    expect(await provider.watch(cursor, () => undefined, { timeoutMs: 5_000 })).toEqual({ end: 'expired' });
  });

  it('renews a quiet watch before the server could be mistaken for dead', async () => {
    fake.watches.manners.bookmarkMs = 60_000;
    const { cursor } = await provider.observe(CALL);
    const stop = new AbortController();
    const alive = Promise.withResolvers<void>();
    const watching = failureOf(
      provider.watch(cursor, ({ kind }) => kind === 'alive' && alive.resolve(), {
        timeoutMs: 3_000,
        signal: stop.signal,
      }),
    );
    await alive.promise;
    stop.abort();
    expect((await watching).code).toBe('CLOSED');
    expect(
      fake.requests
        .filter((each) => each.url.includes('watch=true'))
        .every((each) => /timeoutSeconds=1\b/.test(each.url)),
    ).toBe(true);
  });

  it('notices a watch that is cut', async () => {
    const { cursor } = await provider.observe(CALL);
    const watching = failureOf(provider.watch(cursor, () => undefined, { timeoutMs: 20_000 }));
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (fake.watches.openCount < 2) return;
        clearInterval(look);
        resolve();
      }, 5);
    });
    fake.watches.cut();
    expect((await watching).code).toBe('CONNECTION_LOST');
  });

  it('shows hostile texts cut short, and a claim that cannot be read as the largest there is', async () => {
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, each) => [`label-${each}`, 'x'.repeat(63)]));
    const unreadable = { requests: { cpu: 'lots', memory: 5, 'nvidia.com/gpu': '-1' } };
    fake.addPod('liar', 'node-a', {
      labels,
      spec: { containers: [{ name: 'x'.repeat(10_000), image: '\u202e'.repeat(9_999), resources: unreadable }] },
      status: { phase: 'Running\u0000', message: 'm'.repeat(1e6), reason: {} },
    });
    const { pods } = await provider.observe(CALL);
    expect(JSON.stringify(pods).length).toBeLessThan(4_000);
    expect(pods[0]).toMatchObject({
      phase: 'Unknown',
      request: {
        cpuMilli: Number.MAX_SAFE_INTEGER,
        memoryBytes: Number.MAX_SAFE_INTEGER,
        gpuCount: Number.MAX_SAFE_INTEGER,
      },
    });
  });

  it('offers nothing of a node whose numbers cannot be read', async () => {
    const node = fake.find('nodes', undefined, 'node-b');
    if (!node) throw new Error('no node-b');
    fake.store.update('nodes', node, (draft) => {
      draft.status = { ...draft.status, allocatable: { cpu: 'many', memory: 17, pods: '-3', 'nvidia.com/gpu': [] } };
    });
    const { nodes } = await provider.observe(CALL);
    expect(nodes.find((each) => each.name === 'node-b')?.allocatable).toEqual({
      cpuMilli: 0,
      memoryBytes: 0,
      storageBytes: 0,
      gpuCount: 0,
      podCount: 0,
    });
  });

  it('maps whatever JSON a pod may be made of, or calls it a bad response', async () => {
    const metadata = { name: 'p', namespace: 'n', uid: 'u' };
    const anything = fc.jsonValue({ maxDepth: 4 });
    await fc.assert(
      fc.asyncProperty(anything, anything, anything, async (spec, status, labels) => {
        proxy.heal();
        const body = JSON.stringify({
          kind: 'PodList',
          metadata: { resourceVersion: '1' },
          items: [{ metadata: { ...metadata, labels }, spec, status }],
        });
        proxy.inject({ path: /\/api\/v1\/pods/, fault: { kind: 'answer', status: 200, body } });
        const outcome = await provider.observe(CALL).catch((error: unknown) => error);
        expect(outcome instanceof ClusterError || Array.isArray((outcome as { pods: unknown }).pods)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('holds a log back while nobody reads it', async () => {
    const order = make();
    await provider.createPod(order, CALL);
    await podWhen(provider, order, (each) => each.phase === 'Running');
    proxy.inject({ path: /\/log\?/, fault: { kind: 'flood', chunk: 'a line of the log\n', bytes: 512 * MIB } });
    const log = provider.logs(order.reference, WHOLE_LOG, CALL)[Symbol.asyncIterator]();
    expect((await log.next()).done).toBe(false);
    for (let before = -1; proxy.floodedBytes > before;) {
      before = proxy.floodedBytes;
      await new Promise((resolve) => {
        setTimeout(resolve, 300);
      });
    }
    expect(proxy.floodedBytes).toBeLessThan(64 * MIB);
    await log.return?.();
  });

  it('gives the log as it was asked for', async () => {
    const order = make();
    await provider.createPod(order, CALL);
    await podWhen(provider, order, (each) => each.phase === 'Running');
    const pod = await fake.waitFor('pods', () => true);
    for (const line of ['one', 'zwei', '三']) fake.logs.say(pod.metadata.uid, line);
    expect(await collect(provider.logs(order.reference, WHOLE_LOG, CALL))).toBe('one\nzwei\n三\n');
    expect(await collect(provider.logs(order.reference, { ...WHOLE_LOG, tailLines: 1 }, CALL))).toBe('三\n');
    const previous = provider.logs(order.reference, { ...WHOLE_LOG, isPrevious: true }, CALL);
    expect((await failureOf(collect(previous))).code).toBe('POD_HAS_NO_LOG');
    const following = provider.logs(order.reference, { ...WHOLE_LOG, tailLines: 0, isFollowed: true }, CALL);
    const followed = following[Symbol.asyncIterator]();
    const next = followed.next();
    while (fake.logs.followerCount(pod.metadata.uid) === 0) await new Promise(setImmediate);
    fake.logs.say(pod.metadata.uid, 'new');
    expect(await next).toEqual({ done: false, value: 'new\n' });
    fake.logs.end(pod.metadata.uid);
    expect((await followed.next()).done).toBe(true);
  });

  it('puts no name into a path that is not a DNS name', async () => {
    const evil = fc.oneof(
      fc.constantFrom(
        '..',
        '../nodes',
        'a/b',
        'a%2fb',
        'a?watch=1',
        'a#b',
        'a b',
        'A',
        '-a',
        'a-',
        '',
        'ä',
        '\u0000',
        'a\n',
        'x'.repeat(64),
      ),
      fc.string({ minLength: 1, maxLength: 80 }).filter((each) => !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(each)),
    );
    const field = fc.constantFrom('namespace' as const, 'objectName' as const);
    await provider.probe(CALL);
    const before = fake.requests.length;
    await fc.assert(
      fc.asyncProperty(evil, field, async (name, key) => {
        const order = make();
        const reference = { ...order.reference, [key]: name };
        const calls = [
          () => provider.createPod({ ...order, reference }, CALL),
          () => provider.deletePod(reference, CALL),
          () => provider.findPod(reference, CALL),
        ];
        for (const call of calls) {
          expect(await failureOf(call())).toMatchObject({ code: 'KUBERNETES_REFUSED', outcome: 'refused' });
        }
      }),
      { numRuns: 300 },
    );
    const reservation = { ...make().reference, reservationId: 'x,app=y' };
    expect((await failureOf(collect(provider.logs(reservation, WHOLE_LOG, CALL)))).code).toBe('KUBERNETES_REFUSED');
    expect(fake.requests.length).toBe(before);
  });
});
