/** What happens when the way to an API server, fake or real, fails in the middle of a call (R13, R22). */
import type { PodOrder } from '../../src/domain/pod.js';
import type { CloudKubernetesProvider } from '../../src/providers/kubernetes/cloud-kubernetes.provider.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { KubeOutsider } from '../support/kube-outsider.js';
import { CALL, findingWhen, isGone, openKubernetes, orderFor, podWhen } from './contract-cluster.js';
import type { KubernetesFacts } from './describe-kubernetes.js';
import { failureOf } from './describe-provider.js';

const CREATE = { method: 'POST', path: /\/deployments$/ } as const;

/** Each leaves a Deployment behind, though the caller hears nothing good. */
const UNCLEAR_AFTER: readonly (readonly [name: string, fault: Fault])[] = [
  ['the answer is lost', { kind: 'answer-lost' }],
  ['the connection is reset', { kind: 'reset' }],
  ['the answer comes too late', { kind: 'late-answer', ms: 3_000 }],
  ['the answer comes a byte at a time', { kind: 'trickle', everyMs: 100 }],
  ['a proxy answers 500', { kind: 'status-after', status: 500 }],
  ['a proxy answers 502', { kind: 'status-after', status: 502 }],
  ['a proxy answers 504', { kind: 'status-after', status: 504 }],
  ['a proxy answers 429', { kind: 'status-after', status: 429 }],
  ['a proxy answers 408', { kind: 'status-after', status: 408 }],
  ['a proxy redirects', { kind: 'status-after', status: 307, headers: { location: 'https://127.0.0.1:1/' } }],
  ['a proxy answers 201 with another object', { kind: 'status-after', status: 201 }],
];

/** Nothing reached the API server, and Berth cannot know. */
const UNCLEAR_BEFORE: readonly (readonly [name: string, fault: Fault])[] = [
  ['the connection is cut before the API server sees it', { kind: 'cut-before' }],
  ['the answer is garbage', { kind: 'answer', status: 201, body: '<html>hello</html>' }],
  ['the answer never comes', { kind: 'silence' }],
  ['a proxy answers 503', { kind: 'answer', status: 503, body: 'no backend' }],
];

export function describeFaults(name: string, makeFacts: () => Promise<KubernetesFacts>): void {
  describe(`Kubernetes through a faulty network: ${name}`, () => {
    const namespace = `berth-faults-${Math.random().toString(36).slice(2, 8)}`;
    let facts: KubernetesFacts;
    let proxy: FaultProxy;
    let provider: CloudKubernetesProvider;
    let outsider: KubeOutsider;
    const make = () => orderFor({ namespace, nodeName: facts.nodeName, image: (fate) => `registry.test/${fate}:1` });

    beforeAll(async () => {
      facts = await makeFacts();
      proxy = await new FaultProxy(facts.kubeconfig).start();
      provider = openKubernetes(proxy.kubeconfig(), namespace);
      outsider = new KubeOutsider(facts.kubeconfig);
      await outsider.addNamespace(namespace);
    });
    afterEach(() => proxy.heal());
    afterAll(async () => {
      await provider.close();
      await proxy.stop();
      await outsider.call('DELETE', `/api/v1/namespaces/${namespace}`);
      await outsider.close();
      await facts.stop();
    });

    const madeFor = (order: PodOrder) =>
      outsider.namesOf(`/apis/apps/v1/namespaces/${namespace}/deployments`, order.reference.reservationId);

    async function cleanUp(order: PodOrder): Promise<void> {
      await provider.deletePod(order.reference, CALL);
      await findingWhen(provider, order, isGone);
    }

    it.each(UNCLEAR_AFTER)(
      'calls a create unclear when %s, and recognises it when it is repeated',
      async (_name, fault) => {
        const order = make();
        proxy.inject({ ...CREATE, times: 1, fault });
        const error = await failureOf(provider.createPod(order, { timeoutMs: 1_500 }));
        expect(error.outcome).toBe('unclear');
        expect(await madeFor(order)).toEqual([order.reference.objectName]);
        await provider.createPod(order, CALL);
        const pod = await podWhen(provider, order, (each) => each.phase === 'Running');
        expect(pod.reservationId).toBe(order.reference.reservationId);
        expect(await madeFor(order)).toEqual([order.reference.objectName]);
        await cleanUp(order);
      },
    );

    it.each(UNCLEAR_BEFORE)('calls a create unclear when %s', async (_name, fault) => {
      const order = make();
      proxy.inject({ ...CREATE, times: 1, fault });
      expect(await failureOf(provider.createPod(order, { timeoutMs: 1_500 }))).toMatchObject({ outcome: 'unclear' });
      expect(await madeFor(order)).toEqual([]);
      await provider.createPod(order, CALL);
      expect(await madeFor(order)).toEqual([order.reference.objectName]);
      await cleanUp(order);
    });

    it.each([
      [400, 'KUBERNETES_REFUSED'],
      [403, 'KUBERNETES_FORBIDDEN'],
      [422, 'KUBERNETES_REFUSED'],
    ])('calls a create refused when the API server answers %s', async (status, code) => {
      proxy.inject({ ...CREATE, fault: { kind: 'answer', status, body: '{"kind":"Status","message":"no, because"}' } });
      const error = await failureOf(provider.createPod(make(), CALL));
      expect(error).toMatchObject({ code, outcome: 'refused' });
      expect(error.message).toContain('no, because');
    });

    it('calls a create unclear when the name is taken and nobody says by whom', async () => {
      const order = make();
      await provider.createPod(order, CALL);
      proxy.inject({ method: 'GET', path: /\/deployments\//, fault: { kind: 'status-after', status: 500 } });
      expect(await failureOf(provider.createPod(order, CALL))).toMatchObject({ outcome: 'unclear' });
      proxy.heal();
      await cleanUp(order);
    });

    it('calls a create refused when nothing could be sent', async () => {
      const dead = await new FaultProxy(facts.kubeconfig).start();
      const kubeconfig = dead.kubeconfig();
      await dead.stop();
      const lonely = openKubernetes(kubeconfig, namespace);
      const error = await failureOf(lonely.createPod(make(), CALL));
      expect(error).toMatchObject({ code: 'CONNECTION_REFUSED', outcome: 'refused' });
      await lonely.close();
    });

    it('makes exactly one Deployment of many creates at once', async () => {
      const order = make();
      proxy.inject({ ...CREATE, times: 3, fault: { kind: 'answer-lost' } });
      await Promise.allSettled(Array.from({ length: 8 }, () => provider.createPod(order, CALL)));
      expect(await madeFor(order)).toEqual([order.reference.objectName]);
      await cleanUp(order);
    });

    it.each<readonly [string, Fault]>([
      ['500', { kind: 'status-after', status: 500 }],
      ['a 404 that is not of Kubernetes', { kind: 'answer', status: 404, body: '<h1>404</h1>' }],
      ['a 404 without a name', { kind: 'answer', status: 404, body: '{"kind":"Status","reason":"NotFound"}' }],
      ['an empty object', { kind: 'answer', status: 200, body: '{}' }],
    ])('never calls a pod gone on the strength of %s', async (_name, fault) => {
      for (const path of [/\/deployments\//, /\/replicasets/, /\/pods/]) {
        proxy.heal();
        proxy.inject({ method: 'GET', path, fault });
        expect((await failureOf(provider.findPod(make().reference, CALL))).code).toMatch(/^KUBERNETES_/);
      }
    });

    it('reads the fate of a pod from the quorum', async () => {
      const before = proxy.requests.length;
      await provider.findPod(make().reference, CALL);
      const asked = proxy.requests.slice(before).map((each) => each.url);
      expect(asked).toHaveLength(3);
      expect(asked.join(' ')).toMatch(/deployments\/.* .*replicasets\?.* .*pods\?/);
      expect(asked.join(' ')).not.toContain('resourceVersion');
    });

    it('waits as long as the server asks before the next call', async () => {
      proxy.inject({ times: 1, fault: { kind: 'answer', status: 429, headers: { 'retry-after': '1' } } });
      expect(await failureOf(provider.observe(CALL))).toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
      const error = await failureOf(provider.observe({ timeoutMs: 200 }));
      expect(error).toMatchObject({ code: 'CONNECTION_TIMEOUT', outcome: 'refused' });
      await provider.observe(CALL);
    });

    it('ends every call at its deadline, however slowly the answer trickles', async () => {
      proxy.inject({ fault: { kind: 'trickle', everyMs: 50 } });
      expect(await failureOf(provider.observe({ timeoutMs: 500 }))).toMatchObject({ code: 'CONNECTION_TIMEOUT' });
    });

    describe('watches', () => {
      const WATCH = { path: /watch=true/ } as const;
      const watchWith = async (fault: Fault, timeoutMs: number) => {
        const { cursor } = await provider.observe(CALL);
        proxy.inject({ ...WATCH, fault });
        return provider.watch(cursor, () => undefined, { timeoutMs });
      };

      it.each<readonly [string, Fault]>([
        ['410', { kind: 'answer', status: 410, body: '{"kind":"Status","code":410,"reason":"Expired"}' }],
        [
          'an error of 410 in the stream',
          { kind: 'answer', status: 200, body: '{"type":"ERROR","object":{"kind":"Status","code":410}}\n' },
        ],
      ])('calls the cursor expired on %s', async (_name, fault) => {
        expect(await watchWith(fault, 5_000)).toEqual({ end: 'expired' });
      });

      it.each<readonly [string, string]>([
        ['garbage', 'hello\n'],
        ['an event of an unknown type', '{"type":"SURPRISE","object":{"metadata":{"resourceVersion":"5"}}}\n'],
        ['an event without an object', '{"type":"ADDED"}\n'],
        ['a pod without a name', '{"type":"ADDED","object":{"metadata":{"resourceVersion":"5"}}}\n'],
        ['a line of nothing but brackets', `${'['.repeat(1_000)}\n`],
      ])('fails on %s', async (_name, body) => {
        const error = await failureOf(watchWith({ kind: 'answer', status: 200, body }, 5_000));
        expect(error.code).toBe('KUBERNETES_BAD_RESPONSE');
      });

      it('fails when the server falls silent', async () => {
        expect(await failureOf(watchWith({ kind: 'silence' }, 300))).toMatchObject({ code: 'CONNECTION_TIMEOUT' });
      });

      it('takes single bytes for silence', async () => {
        const fault: Fault = { kind: 'flood', chunk: ' ', bytes: Infinity };
        const error = await failureOf(watchWith(fault, 1_000));
        expect(error.code).toMatch(/CONNECTION_TIMEOUT|KUBERNETES_BAD_RESPONSE/);
      });

      it('fails on 500, and works again afterwards', async () => {
        const error = await failureOf(watchWith({ kind: 'answer', status: 500 }, 5_000));
        expect(error.code).toBe('KUBERNETES_UNAVAILABLE');
        proxy.heal();
        const order = make();
        await provider.createPod(order, CALL);
        await podWhen(provider, order, (each) => each.phase === 'Running');
        await cleanUp(order);
      });

      it('says that it is alive while nothing happens', async () => {
        const { cursor } = await provider.observe(CALL);
        const stop = new AbortController();
        let beats = 0;
        const watching = provider.watch(
          cursor,
          (change) => {
            if (change.kind === 'alive' && ++beats === 2) stop.abort();
          },
          { timeoutMs: 3_000, signal: stop.signal },
        );
        expect(await failureOf(watching)).toMatchObject({ code: 'CLOSED' });
      });
    });
  });
}
