import { readFileSync } from 'node:fs';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { fact, imageOf, isGiven, type MachineName } from './facts.js';
import { agree, cleanCluster, deleteAll, finish, NAMESPACE } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { LiveBerth, type ProblemBody } from './support/live-berth.js';
import { latencies, percentile } from './support/numbers.js';
import { fingerprintOf } from './support/reach.js';
import { registerMachine } from './support/registered.js';
import { runCommand } from './support/run-command.js';
import { loginAttempts } from './support/sshd-log.js';

const READS = 2_000;
const FRESH_SECONDS = 10;
const SLOW_MS = 1_000;

/** Errors that the faults bring about; Berth logs them as such. */
const PROVOKED = ['HOST_KEY_CHANGED'];

describe('a machine that fails', () => {
  let berth: LiveBerth;
  let proxy: FaultProxy | undefined;
  const registered = new Map<MachineName, { readonly server: ServerDto; readonly cluster: Cluster }>();

  function of(name: MachineName): { readonly server: ServerDto; readonly cluster: Cluster } {
    const found = registered.get(name);
    if (!found) throw new Error(`${name} is not registered`);
    return found;
  }

  const running = (name: MachineName, wait = 30) =>
    berth.launch({ image: imageOf(name, 'web'), serverId: of(name).server.id }, wait);

  const readMany = (): Promise<readonly number[]> => berth.timeReads('/api/v1/servers', READS);

  async function expectFresh(names: readonly MachineName[]): Promise<void> {
    for (const name of names) {
      const { state, ageSeconds } = await berth.server(of(name).server.id);
      expect({ name, state, isFresh: (ageSeconds ?? Infinity) < FRESH_SECONDS }).toEqual({
        name,
        state: 'Online',
        isFresh: true,
      });
    }
  }

  function tell(what: string, healthy: readonly number[], faulty: readonly number[]): void {
    const ratio = percentile(faulty, 0.99) / percentile(healthy, 0.99);
    console.log(
      `GET /servers, all healthy: ${latencies(healthy)}\n${what}: ${latencies(faulty)}\nratio of p99: ${ratio.toFixed(2)}`,
    );
  }

  /** A machine whose API is behind a proxy that we control. */
  async function registerBehindProxy(name: MachineName): Promise<void> {
    const cluster = new Cluster(name);
    await cleanCluster(cluster);
    const text = proxy?.kubeconfig() ?? '';
    const server = await berth.register({ name: `${name} behind a proxy`, namespace: NAMESPACE, kubeconfig: { text } });
    registered.set(name, { server, cluster });
    await agree(berth, server.id, cluster);
  }

  beforeAll(async () => {
    if (isGiven('noRbac.kubeconfig')) {
      proxy = await new FaultProxy(readFileSync(fact('noRbac', 'kubeconfig'), 'utf8')).start();
    }
    const port = proxy ? `,${new URL(/https:[^']+/.exec(proxy.kubeconfig())?.[0] ?? '').port}` : '';
    berth = await LiveBerth.start({ BERTH_NETWORK_ALLOWED_PORTS: `22,6443,16443${port}` });
    for (const name of ['plain', 'second'] as const) {
      if (isGiven(name)) registered.set(name, await registerMachine(berth, name));
    }
    if (proxy) await registerBehindProxy('noRbac');
  });

  afterAll(async () => {
    const all = [...registered.values()];
    try {
      for (const { server, cluster } of all) {
        await deleteAll(berth, server.id, cluster);
        await agree(berth, server.id, cluster);
      }
    } finally {
      await finish(
        berth,
        all.map(({ cluster }) => cluster),
        PROVOKED,
      );
      await proxy?.stop();
    }
  });

  caseWith(
    ['plain', 'second.cut', 'second.heal', 'noRbac.kubeconfig'],
    'cut off, and another that answers a byte a second: both say so with their age, the others stay fresh, and both come back',
    async () => {
      const pod = await running('second');
      const healthy = await readMany();
      await runCommand(fact('second', 'cut'));
      proxy?.inject({ fault: { kind: 'trickle', everyMs: SLOW_MS } });
      try {
        const cut = await berth.serverIn('Offline', of('second').server.id, 60_000);
        expect(cut).toMatchObject({
          code: expect.stringMatching(/^CONNECTION_/) as string,
          message: expect.stringMatching(/\S/) as string,
        });
        const slow = await berth.serverIn('Offline', of('noRbac').server.id, 60_000);
        expect(slow.message).toMatch(/\S/);
        tell('one cut off, one a byte a second', healthy, await readMany());
        await expectFresh(['plain']);
        const old = await berth.server(of('second').server.id);
        expect(old.ageSeconds).toBeGreaterThan((cut.ageSeconds ?? 0) - 1);
        expect(old.capacity.reserved.cpus).toBe(0.1);
        expect((await berth.pod(pod.id)).reservation.state).toBe('Bound');
        const refused = await berth.tryLaunch({ image: 'any', serverId: of('second').server.id });
        expect(refused).toMatchObject({ status: 409, body: { code: 'SERVER_NOT_READY' } });
      } finally {
        await runCommand(fact('second', 'heal'));
        proxy?.heal();
      }
      await berth.serverIn('Online', of('second').server.id, 60_000);
      await berth.serverIn('Online', of('noRbac').server.id, 60_000);
      await eventually('the pictures are new', async () => {
        await expectFresh(['plain', 'second', 'noRbac']);
        return true;
      });
      expect((await berth.pod(pod.id)).state).toBe('Running');
    },
  );

  caseWith(
    ['plain', 'second.stopApi', 'second.startApi'],
    'with its API server stopped it is Offline, and comes back by itself',
    async () => {
      const { server, cluster } = of('second');
      const pod = await running('second');
      await runCommand(fact('second', 'stopApi'));
      try {
        expect(await berth.serverIn('Offline', server.id)).toMatchObject({
          code: expect.stringMatching(/\S/) as string,
        });
        await expectFresh(['plain']);
        expect((await berth.pod(pod.id)).reservation.state).toBe('Bound');
      } finally {
        await runCommand(fact('second', 'startApi'));
      }
      await berth.serverIn('Online', server.id, 60_000);
      await agree(berth, server.id, cluster, 60_000);
      expect((await berth.pod(pod.id)).state).toBe('Running');
    },
  );

  caseWith(
    ['plain', 'second.stopSshd', 'second.startSshd'],
    'with its sshd stopped it comes back by itself',
    async () => {
      const { server, cluster } = of('second');
      await runCommand(fact('second', 'stopSshd'));
      try {
        // What is connected lives on without the listener; a new connection is refused.
        await berth.call('POST', `/api/v1/servers/${server.id}/reconnect`, {});
        expect(await berth.serverIn('Offline', server.id)).toMatchObject({ code: 'CONNECTION_REFUSED' });
        await expectFresh(['plain']);
      } finally {
        await runCommand(fact('second', 'startSshd'));
      }
      await berth.serverIn('Online', server.id, 60_000);
      await agree(berth, server.id, cluster);
    },
  );

  caseWith(
    ['second.rekey', 'second.fingerprintNow', 'second.sshdLog'],
    'that shows another host key gets no credential until the new key is confirmed',
    async () => {
      const { server, cluster } = of('second');
      const pod = await running('second');
      await runCommand(fact('second', 'rekey'));
      const attempts = loginAttempts('second');
      await berth.call('POST', `/api/v1/servers/${server.id}/reconnect`, {});
      const changed = await berth.serverIn('HostKeyChanged', server.id);
      expect(changed).toMatchObject({ code: 'HOST_KEY_CHANGED', message: expect.stringMatching(/\S/) as string });
      const checkedAt = changed.checkedAt;
      await eventually('it was tried again and again', async () => {
        const now = await berth.server(server.id);
        return Date.parse(now.checkedAt ?? '') - Date.parse(checkedAt ?? '') > 5_000;
      });
      expect((await berth.server(server.id)).state).toBe('HostKeyChanged');
      expect(loginAttempts('second')).toBe(attempts);
      const wrong = { fingerprint: fact('plain', 'fingerprint') };
      const path = `/api/v1/servers/${server.id}/host-key`;
      expect(await berth.call<ProblemBody>('POST', path, wrong)).toMatchObject({
        status: 424,
        body: { code: 'HOST_KEY_CHANGED' },
      });
      const fingerprint = await fingerprintOf('second');
      await berth.post(path, { fingerprint });
      await berth.serverIn('Online', server.id);
      await agree(berth, server.id, cluster);
      expect((await berth.pod(pod.id)).state).toBe('Running');
      expect(loginAttempts('second')).toBeGreaterThan(attempts);
    },
  );

  caseWith(
    ['second.cut', 'second.heal'],
    'in the middle of a launch keeps its reservation, and the launch ends Running with one Deployment',
    async () => {
      const { server, cluster } = of('second');
      await deleteAll(berth, server.id, cluster);
      await runCommand(fact('second', 'cut'));
      const { status, body } = await berth.tryLaunch({ image: imageOf('second', 'web'), serverId: server.id });
      try {
        expect({ status, code: body.code }).toEqual({ status: 202, code: undefined });
        await berth.serverIn('Offline', server.id);
        expect((await berth.pod(body.id)).reservation).toMatchObject({ state: 'Creating' });
        expect((await berth.server(server.id)).capacity.reserved.cpus).toBe(0.1);
      } finally {
        await runCommand(fact('second', 'heal'));
      }
      await berth.podIn('Running', body.id, 90_000);
      expect(await cluster.deployments(NAMESPACE)).toHaveLength(1);
      await agree(berth, server.id, cluster);
    },
  );

  caseWith(
    ['second.stopApi', 'second.startApi'],
    'where nothing could be sent fails the launch with the reason, and the room is back at once',
    async () => {
      const { server, cluster } = of('second');
      await deleteAll(berth, server.id, cluster);
      // Else Berth would know that it is Offline, and take no launch.
      await berth.post('/api/v1/jobs/health/stop');
      await runCommand(fact('second', 'stopApi'));
      try {
        const { id } = await berth.launch({ image: imageOf('second', 'web'), serverId: server.id });
        expect(await berth.podIn('Failed', id)).toMatchObject({
          reason: expect.stringMatching(/^(CONNECTION_REFUSED|KUBERNETES_UNAVAILABLE)$/) as string,
          message: expect.stringMatching(/\S/) as string,
          reservation: { state: 'Released' },
        });
        expect((await berth.server(server.id)).capacity.reserved.cpus).toBe(0);
      } finally {
        await runCommand(fact('second', 'startApi'));
        await berth.post('/api/v1/jobs/health/start');
      }
      await berth.serverIn('Online', server.id, 60_000);
      await agree(berth, server.id, cluster, 60_000);
      expect(await cluster.deployments(NAMESPACE)).toEqual([]);
    },
  );

  caseWith(
    ['noRbac.kubeconfig'],
    'whose answers to creates are lost, reset, late or false has one pod per launch in the end',
    async () => {
      const { server, cluster } = of('noRbac');
      const creates = { method: 'POST', path: /deployments/, times: 2 };
      proxy?.inject({ ...creates, fault: { kind: 'answer-lost' } });
      proxy?.inject({ ...creates, fault: { kind: 'reset' } });
      proxy?.inject({ ...creates, fault: { kind: 'status-after', status: 500 } });
      proxy?.inject({ ...creates, fault: { kind: 'late-answer', ms: 8_000 } });
      const image = imageOf('noRbac', 'web');
      const pods = await Promise.all(Array.from({ length: 8 }, () => berth.launch({ image, serverId: server.id })));
      await Promise.all(pods.map(({ id }) => berth.podIn('Running', id, 60_000)));
      expect(await cluster.deployments(NAMESPACE)).toHaveLength(pods.length);
      expect(proxy?.requests.filter(({ method, isFaulty }) => method === 'POST' && isFaulty)).toHaveLength(8);
      await agree(berth, server.id, cluster);
      await deleteAll(berth, server.id, cluster);
    },
  );
});
