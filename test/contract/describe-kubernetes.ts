/** What the Kubernetes provider keeps on any API server, with somebody working beside Berth. */
import type { ClusterChange } from '../../src/providers/cluster-provider.js';
import type { CloudKubernetesProvider } from '../../src/providers/kubernetes/cloud-kubernetes.provider.js';
import { KubeOutsider } from '../support/kube-outsider.js';
import { CALL, findingWhen, isGone, openKubernetes, orderFor, podWhen } from './contract-cluster.js';
import { failureOf } from './describe-provider.js';

export interface KubernetesFacts {
  readonly kubeconfig: string;
  readonly nodeName: string;
  stop(): Promise<void>;
}

export function describeKubernetes(name: string, makeFacts: () => Promise<KubernetesFacts>): void {
  describe(`Kubernetes beside others: ${name}`, () => {
    const namespace = `berth-test-${Math.random().toString(36).slice(2, 8)}`;
    const others = `${namespace}-others`;
    let facts: KubernetesFacts;
    let provider: CloudKubernetesProvider;
    let outsider: KubeOutsider;
    const make = (wish: Parameters<typeof orderFor>[1] = {}) =>
      orderFor({ namespace, nodeName: facts.nodeName, image: (fate) => `registry.test/${fate}:1` }, wish);
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;

    beforeAll(async () => {
      facts = await makeFacts();
      provider = openKubernetes(facts.kubeconfig, namespace);
      outsider = new KubeOutsider(facts.kubeconfig);
      await outsider.addNamespace(others);
      await serviceAccountOf(others);
    });
    afterAll(async () => {
      await outsider.call('DELETE', `/api/v1/namespaces/${namespace}`);
      await outsider.call('DELETE', `/api/v1/namespaces/${others}`);
      await provider.close();
      await outsider.close();
      await facts.stop();
    });

    /** A real cluster admits pods only after it has made the namespace's service account; the fake needs none. */
    async function serviceAccountOf(of: string): Promise<void> {
      for (let tries = 0; tries < 100; tries++) {
        const { status, body } = await outsider.call('GET', `/api/v1/namespaces/${of}/serviceaccounts/default`);
        if (status === 200 || body['message'] === 'the server could not find the requested resource') return;
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    }

    it('makes the namespace when it is not there, and marks it as its own', async () => {
      const order = make();
      await provider.createPod(order, CALL);
      const { body } = await outsider.call('GET', `/api/v1/namespaces/${namespace}`);
      expect(body).toMatchObject({ metadata: { labels: { 'app.kubernetes.io/managed-by': 'berth' } } });
      await provider.deletePod(order.reference, CALL);
    });

    it('writes a Deployment that gets nothing of the host and no token', async () => {
      const spec = {
        command: ['/bin/web'],
        args: ['--port', '8080'],
        env: [{ name: 'MODE', value: 'test' }],
        ports: [{ containerPort: 8080, protocol: 'TCP' as const }],
        runAsNonRoot: true,
      };
      const order = make({ spec });
      await provider.createPod(order, CALL);
      const { body } = await outsider.call('GET', `${deployments}/${order.reference.objectName}`);
      expect(body).toMatchObject({
        metadata: { labels: { 'berth.dev/pod': order.reference.podId, 'berth.dev/name': 'web' } },
        spec: {
          replicas: 1,
          strategy: { type: 'Recreate' },
          selector: { matchLabels: { 'berth.dev/reservation': order.reference.reservationId } },
          template: {
            spec: {
              automountServiceAccountToken: false,
              enableServiceLinks: false,
              securityContext: { seccompProfile: { type: 'RuntimeDefault' }, runAsNonRoot: true },
              containers: [
                {
                  command: spec.command,
                  args: spec.args,
                  env: spec.env,
                  ports: spec.ports,
                  securityContext: { allowPrivilegeEscalation: false },
                  resources: { requests: { cpu: '250m' }, limits: { cpu: '250m' } },
                },
              ],
            },
          },
        },
      });
      expect(JSON.stringify(body)).not.toMatch(/hostPath|hostNetwork|hostPID|privileged"|ephemeral-storage/);
      await provider.deletePod(order.reference, CALL);
    });

    it('refuses a name that another one has, and leaves his object alone', async () => {
      const order = make();
      await outsider.addNamespace(namespace);
      await outsider.addDeployment(namespace, order.reference.objectName);
      const error = await failureOf(provider.createPod(order, CALL));
      expect(error).toMatchObject({ code: 'KUBERNETES_CONFLICT', outcome: 'refused' });
      await provider.deletePod(order.reference, CALL);
      const { status, body } = await outsider.call('GET', `${deployments}/${order.reference.objectName}`);
      expect(status).toBe(200);
      expect((body['metadata'] as Record<string, unknown>)['deletionTimestamp']).toBeUndefined();
      await outsider.call('DELETE', `${deployments}/${order.reference.objectName}`);
    });

    it('passes on what the cluster says when it refuses the object', async () => {
      const error = await failureOf(provider.createPod(make({ image: '' }), CALL));
      expect(error).toMatchObject({ code: 'KUBERNETES_REFUSED', outcome: 'refused' });
      expect(error.message).toMatch(/image: Required/);
    });

    it('does not call a pod gone while what its Deployment made is left, and deletes that too', async () => {
      const order = make({ image: 'registry.test/sticky:1' });
      await provider.createPod(order, CALL);
      await podWhen(provider, order, (each) => each.phase === 'Running');
      await outsider.call('DELETE', `${deployments}/${order.reference.objectName}`, { propagationPolicy: 'Orphan' });
      const left = await findingWhen(provider, order, (each) => each.found === 'present' && !each.isTerminating);
      expect(left).toMatchObject({ found: 'present', pods: [{ phase: 'Running' }] });
      await provider.deletePod(order.reference, CALL);
      await findingWhen(provider, order, isGone);
      const { reservationId } = order.reference;
      expect(await outsider.namesOf(`/apis/apps/v1/namespaces/${namespace}/replicasets`, reservationId)).toEqual([]);
      expect(await outsider.namesOf(`/api/v1/namespaces/${namespace}/pods`, reservationId)).toEqual([]);
    });

    it('sees the pods of others come and go', async () => {
      const { cursor, pods } = await provider.observe(CALL);
      expect(pods.some((each) => each.namespace === others)).toBe(false);
      const changes: ClusterChange[] = [];
      const stop = new AbortController();
      let uid = '';
      const watching = failureOf(
        provider.watch(
          cursor,
          (change) => {
            changes.push(change);
            if (change.kind === 'pod' && change.pod.namespace === others) uid = change.pod.uid;
            if (change.kind === 'pod-gone' && change.uid === uid) stop.abort();
          },
          { timeoutMs: 60_000, signal: stop.signal },
        ),
      );
      expect(await outsider.addPod(others, 'foreign', facts.nodeName)).toMatchObject({ status: 201 });
      const { pods: now } = await provider.observe(CALL);
      const foreign = now.find((each) => each.namespace === others);
      expect(foreign).toMatchObject({
        reservationId: null,
        nodeName: facts.nodeName,
        request: { cpuMilli: 250, memoryBytes: 64 * 2 ** 20, gpuCount: 0, podCount: 1 },
      });
      await outsider.removePod(others, 'foreign');
      await watching;
      expect(changes.at(-1)).toEqual({ kind: 'pod-gone', uid: foreign?.uid });
    });

    it('reads lists page by page into one picture', async () => {
      for (const each of ['p1', 'p2', 'p3']) await outsider.addPod(others, each, facts.nodeName);
      const paging = openKubernetes(facts.kubeconfig, namespace, { BERTH_KUBERNETES_PAGE_SIZE: '2' });
      const { pods } = await paging.observe(CALL);
      expect(
        pods
          .filter((each) => each.namespace === others)
          .map((each) => each.name)
          .toSorted(),
      ).toEqual(['p1', 'p2', 'p3']);
      await paging.close();
      for (const each of ['p1', 'p2', 'p3']) await outsider.removePod(others, each);
    });

    it('says whether RBAC is on and which cluster it is', async () => {
      const { facts: told } = await provider.probe(CALL);
      expect(told.isRbacOn).toBe(true);
      expect(told.clusterUid).toMatch(/^[0-9a-f-]{36}$/);
      expect(Date.parse(told.certificateExpiresAt ?? '')).toBeGreaterThan(Date.now());
    });

    it('ends calls in flight when it is closed', async () => {
      const closing = openKubernetes(facts.kubeconfig, namespace);
      const { cursor } = await closing.observe(CALL);
      const watching = failureOf(closing.watch(cursor, () => undefined, { timeoutMs: 60_000 }));
      await closing.close();
      await closing.close();
      expect(await watching).toMatchObject({ code: 'CLOSED' });
      expect(await failureOf(closing.observe(CALL))).toMatchObject({ code: 'CLOSED' });
    });
  });
}
