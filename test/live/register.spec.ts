import type { ServerDto } from '../../src/servers/server.dto.js';
import { fact, isGiven, type MachineName } from './facts.js';
import { agree, cleanCluster, compare, deleteAll, finish, NAMESPACE } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import { Cluster } from './support/cluster.js';
import { LiveBerth, type ProblemBody } from './support/live-berth.js';
import { kubeconfig, ssh, unconfirmedSsh } from './support/reach.js';
import { loginAttempts } from './support/sshd-log.js';

const ONLINE_LIMIT_MS = 3_000;
const WRONG_FINGERPRINT = `SHA256:${'A'.repeat(43)}`;

describe('registering a machine', () => {
  let berth: LiveBerth;
  const clusters = new Map<MachineName, Cluster>();

  /** The cluster of a machine, asked beside Berth. */
  async function clusterOf(name: MachineName): Promise<Cluster> {
    const known = clusters.get(name) ?? new Cluster(name);
    clusters.set(name, known);
    await cleanCluster(known);
    return known;
  }

  async function refusal(body: object, status: number): Promise<ProblemBody> {
    const before = await berth.servers();
    const answer = await berth.call<ProblemBody>('POST', '/api/v1/servers', { name: 'refused', ...body });
    expect(answer).toMatchObject({ status, body: { hint: expect.stringMatching(/\S/) as string } });
    expect((await berth.servers()).map(({ id }) => id)).toEqual(before.map(({ id }) => id));
    return answer.body;
  }

  async function forget(server: ServerDto): Promise<void> {
    expect(await berth.call('DELETE', `/api/v1/servers/${server.id}`)).toMatchObject({
      status: 202,
      body: { isGone: true },
    });
  }

  /** Launch, Running, logs, delete, room back, on a server that was just registered. */
  async function liveThrough(server: ServerDto, cluster: Cluster): Promise<void> {
    await agree(berth, server.id, cluster);
    const free = (await berth.server(server.id)).capacity.available;
    const pod = await berth.launch({ image: 'registry.test/web:1', serverId: server.id, cpus: 0.2 }, 30);
    expect(pod).toMatchObject({ state: 'Running', reservation: { state: 'Bound', createAttempts: 1 } });
    await compare(berth, server.id, cluster);
    expect(await berth.logs(pod.id, '?tail=1')).toMatch(/line/);
    expect((await berth.server(server.id)).capacity.available.cpus).toBeCloseTo(free.cpus - 0.2, 3);
    await deleteAll(berth, server.id, cluster);
    expect(await cluster.tracesOf(NAMESPACE, pod.reservation.id)).toEqual([]);
    expect((await berth.server(server.id)).capacity.available).toEqual(free);
    await forget(server);
  }

  beforeAll(async () => {
    berth = await LiveBerth.start();
  });

  afterAll(() => finish(berth, clusters.values(), ['HOST_KEY_CHANGED']));

  caseWith(
    ['plain.password', 'plain.fingerprint'],
    'by password and confirmed fingerprint it is Online at once, with the capacity of the machine',
    async () => {
      const cluster = await clusterOf('plain');
      const startedAt = performance.now();
      const server = await berth.register({ name: 'plain', namespace: NAMESPACE, ssh: await ssh('plain') });
      const ms = performance.now() - startedAt;
      console.log(`registered over SSH and Online after ${ms.toFixed(0)} ms (limit ${ONLINE_LIMIT_MS} ms)`);
      expect(server).toMatchObject({
        state: 'Online',
        facts: { isTunnelled: true },
        connection: { credential: 'password' },
      });
      expect(server.nodes.length).toBeGreaterThan(0);
      expect(ms).toBeLessThan(ONLINE_LIMIT_MS);
      await compare(berth, server.id, cluster);
      await forget(server);
    },
  );

  caseWith(
    ['plain.fingerprint'],
    'without a fingerprint it tells the right one, and takes it when it is confirmed',
    async () => {
      const problem = await refusal({ ssh: unconfirmedSsh('plain') }, 409);
      expect(problem).toMatchObject({
        code: 'HOST_KEY_UNCONFIRMED',
        details: { hostKeyFingerprint: fact('plain', 'fingerprint') },
      });
      const { host, port } = unconfirmedSsh('plain');
      expect(await berth.post('/api/v1/servers/host-key', { host, port })).toMatchObject({
        fingerprint: fact('plain', 'fingerprint'),
      });
      const confirmed = {
        ...unconfirmedSsh('plain'),
        hostKeyFingerprint: String(problem.details?.['hostKeyFingerprint']),
      };
      await forget(await berth.register({ name: 'confirmed', namespace: NAMESPACE, ssh: confirmed }));
    },
  );

  caseWith(['plain.fingerprint'], 'with a wrong fingerprint it is refused, and nobody tries to log in', async () => {
    const attempts = isGiven('plain.sshdLog') ? loginAttempts('plain') : 0;
    const problem = await refusal({ ssh: { ...(await ssh('plain')), hostKeyFingerprint: WRONG_FINGERPRINT } }, 424);
    expect(problem.code).toBe('HOST_KEY_CHANGED');
    if (isGiven('plain.sshdLog')) expect(loginAttempts('plain')).toBe(attempts);
  });

  caseWith(['plain.fingerprint'], 'with a wrong password it says that the login was refused', async () => {
    const problem = await refusal({ ssh: { ...(await ssh('plain')), password: 'not-the-password' } }, 424);
    expect(problem.code).toBe('SSH_AUTHENTICATION_FAILED');
  });

  caseWith(
    ['sudo.fingerprint'],
    'where the kubeconfig is only for root, sudo with the password reads it, and a pod lives its life',
    async () => {
      const cluster = await clusterOf('sudo');
      await liveThrough(await berth.register({ name: 'sudo', namespace: NAMESPACE, ssh: await ssh('sudo') }), cluster);
    },
  );

  caseWith(
    ['closed.fingerprint', 'closed.kubectl'],
    'where only the SSH port is reachable a pod lives its whole life',
    async () => {
      const cluster = await clusterOf('closed');
      const server = await berth.register({ name: 'closed', namespace: NAMESPACE, ssh: await ssh('closed') });
      expect(server.facts).toMatchObject({ isTunnelled: true });
      await liveThrough(server, cluster);
    },
  );

  caseWith(['noMicrok8s.fingerprint'], 'where there is no microk8s it says that no Kubernetes was found', async () => {
    expect(await refusal({ ssh: await ssh('noMicrok8s') }, 424)).toMatchObject({ code: 'KUBERNETES_NOT_FOUND' });
  });

  caseWith(['bare.fingerprint'], 'where there is only sshd it says that no Kubernetes was found', async () => {
    expect(await refusal({ ssh: await ssh('bare') }, 424)).toMatchObject({ code: 'KUBERNETES_NOT_FOUND' });
  });

  caseWith(['noRbac.fingerprint'], 'where RBAC is off it says so', async () => {
    const server = await berth.register({ name: 'no-rbac', namespace: NAMESPACE, ssh: await ssh('noRbac') });
    expect(server.facts?.isRbacOn).toBe(false);
    await forget(server);
  });

  caseWith(['plain.kubeconfig'], 'by kubeconfig a pod lives its whole life', async () => {
    const cluster = await clusterOf('plain');
    const server = await berth.register({
      name: 'by kubeconfig',
      namespace: NAMESPACE,
      kubeconfig: kubeconfig('plain'),
    });
    expect(server).toMatchObject({ state: 'Online', facts: { isTunnelled: false, isRbacOn: true } });
    await liveThrough(server, cluster);
  });

  caseWith(
    ['plain.kubeconfig', 'plain.fingerprint'],
    'one cluster cannot be registered twice, whichever way it is reached',
    async () => {
      const server = await berth.register({ name: 'once', namespace: NAMESPACE, ssh: await ssh('plain') });
      expect(await refusal({ kubeconfig: kubeconfig('plain') }, 409)).toMatchObject({
        code: 'SERVER_ALREADY_REGISTERED',
        details: { serverId: server.id },
      });
      expect(await refusal({ ssh: await ssh('plain') }, 409)).toMatchObject({ code: 'SERVER_ALREADY_REGISTERED' });
      await forget(server);
    },
  );

  caseWith(['plain.fingerprint'], 'nothing is left of any of these', async () => {
    expect(await berth.servers()).toEqual([]);
  });
});
