/**
 * kill -9 in the middle of a race for one node, and creates whose answers go astray. Berth is a process of its own, from dist (run
 * `npm run build` before); the cluster lives in this process and outlives every kill.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PodDto } from '../../src/pods/pod.dto.js';
import { seededRandom } from '../../src/providers/sandbox/sandbox-random.js';
import { type Berth, startBerth, spawnBerth, type SpawnedBerth } from '../support/app.js';
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import type { KubeObject } from '../support/fake-kubernetes/fake-store.js';
import { type Fault, FaultProxy } from '../support/fault-proxy.js';
import { type Answer, eventually, FleetClient, senderTo } from '../support/fleet-client.js';

const KILLS = Number(process.env['BERTH_KILLS'] ?? 15);
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1e9);
const CLIENTS = 24;
/** The fake node has 8 cores, so that 16 fit and a third of the clients is always refused. */
const CPUS = 0.5;
const ROOM = 16;

const QUICK = {
  BERTH_PODS_CALL_TIMEOUT_SECONDS: '1',
  BERTH_PODS_LATE_CREATE_SECONDS: '2',
  BERTH_PODS_SETTLE_INTERVAL_SECONDS: '1',
  BERTH_HEALTH_INTERVAL_SECONDS: '1',
  BERTH_HTTP_LOG_LEVEL: 'fatal',
};

const portOf = (kubeconfig: string): string => /https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)?.[1] ?? '';
const podNameOf = (deployment: KubeObject): string => deployment.metadata.name.replace(/-[0-9a-f]{8}$/, '');
const reservationOf = (object: KubeObject): string => object.metadata.labels?.['berth.dev/reservation'] ?? '';

/** Everything that ever happened to Deployments, as the cluster saw it. */
class Witness {
  readonly made = new Map<string, number>();
  most = 0;

  constructor(private readonly fake: FakeKubernetes) {
    fake.store.onChange(({ resource, type, object }) => {
      if (resource !== 'deployments' || type !== 'ADDED') return;
      this.made.set(podNameOf(object), (this.made.get(podNameOf(object)) ?? 0) + 1);
      this.most = Math.max(this.most, fake.store.list('deployments').length);
    });
  }

  get reservations(): string[] {
    return this.fake.store.list('deployments').map(reservationOf).sort();
  }

  get doubled(): string[] {
    return [...this.made].filter(([, count]) => count > 1).map(([name]) => name);
  }
}

describe('kill -9', () => {
  let directory = '';
  let fake: FakeKubernetes;
  let witness: Witness;
  let berth: SpawnedBerth | null = null;
  let token = '';
  let up = Promise.withResolvers<FleetClient>();
  const over = new AbortController();
  /** By pod id: launches that were acknowledged and that nobody has asked to delete. */
  const kept = new Map<string, string>();
  const odd: unknown[] = [];
  let acknowledged = 0;

  beforeAll(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'berth-crash-')), 'data');
    fake = await new FakeKubernetes({ nodes: ['node-a'], gpus: 0 }).start();
    witness = new Witness(fake);
  });
  afterAll(async () => {
    await berth?.stop('SIGKILL');
    await fake.stop();
    await rm(join(directory, '..'), { recursive: true, force: true });
  });

  const env = (): Record<string, string> => ({
    ...QUICK,
    BERTH_STATE_DIRECTORY: directory,
    BERTH_NETWORK_ALLOWED_PORTS: portOf(fake.kubeconfig()),
  });

  async function start(): Promise<FleetClient> {
    berth = await spawnBerth(env());
    token = berth.token || token;
    return new FleetClient(senderTo(berth.url, token));
  }

  /** Killed before it has said that it is ready. */
  async function killWhileStarting(afterMs: number): Promise<void> {
    const child = spawn(process.execPath, [join(process.cwd(), 'dist/main.js')], {
      env: { PATH: process.env['PATH'], BERTH_ENV: 'test', ...env() },
      stdio: 'ignore',
    });
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Asks until there is an answer, with the same key, whoever dies meanwhile. */
  async function insist<T>(ask: (api: FleetClient) => Promise<Answer<T>>): Promise<Answer<T> | null> {
    while (!over.signal.aborted) {
      const { promise } = up;
      const api = await promise;
      const answer = await ask(api).catch(() => null);
      if (answer && answer.status !== 503) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return null;
  }

  async function client(number: number, serverId: string, random: () => number): Promise<void> {
    for (let turn = 0; !over.signal.aborted; turn += 1) {
      const name = `c${number}-${turn}`;
      const asked = { name, serverId, cpus: CPUS, memoryGiB: 0.1 };
      const launched = await insist<PodDto>((api) => api.launch(asked, name));
      if (!launched) return;
      const { status, body } = launched;
      if (status === 409) {
        if (body.code !== 'INSUFFICIENT_RESOURCES' && body.code !== 'SERVER_NOT_READY') odd.push(body);
        await new Promise((resolve) => setTimeout(resolve, 10 + random() * 40));
        continue;
      }
      if (status !== 202) odd.push(body);
      acknowledged += 1;
      kept.set(body.id, name);
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      if (over.signal.aborted) return;
      kept.delete(body.id);
      const removed = await insist<PodDto>((api) => api.remove(body.id, `d-${name}`));
      if (removed && removed.status !== 202) odd.push(removed.body);
    }
  }

  async function lost(api: FleetClient): Promise<string[]> {
    // Whom a client gives up between these two looks is not lost.
    const before = new Map(kept);
    const open = new Set(
      (await api.pods('limit=1000')).filter(({ reservation }) => reservation.state !== 'Released').map(({ id }) => id),
    );
    return [...before].filter(([id]) => kept.has(id) && !open.has(id)).map(([id, name]) => `${name} ${id}`);
  }

  it(`${KILLS} times in a race of ${CLIENTS} loses no acknowledged pod, doubles none and leaks none (BERTH_SEED=${SEED})`, async () => {
    const random = seededRandom(SEED);
    let api = await start();
    const server = await api.register('fake', { kubeconfig: { text: fake.kubeconfig() } });
    up.resolve(api);
    const clients = Array.from({ length: CLIENTS }, (_, each) => client(each, server.id, seededRandom(SEED + each)));
    for (let kill = 0; kill < KILLS; kill += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1_500));
      up = Promise.withResolvers();
      await berth?.stop('SIGKILL');
      if (random() < 0.2) await killWhileStarting(random() * 1_500);
      api = await start();
      expect(await lost(api)).toEqual([]);
      up.resolve(api);
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    over.abort();
    await Promise.all(clients);

    // Three rounds of refresh, then books and cluster must be the same.
    await eventually(
      () => api.pods('limit=1000'),
      (pods) => pods.every(({ reservation }) => reservation.state === 'Bound' || reservation.state === 'Released'),
    );
    for (let round = 0; round < 3; round += 1) await api.must('POST', '/jobs/refresh/run', {});
    const open = (await api.pods('limit=1000')).filter(({ reservation }) => reservation.state === 'Bound');
    expect(open.map(({ reservation }) => reservation.id).sort()).toEqual(witness.reservations);
    expect([...kept.values()].filter((name) => !open.some((pod) => pod.name === name))).toEqual([]);
    expect((await api.server(server.id)).capacity.reserved.cpus).toBeCloseTo(open.length * CPUS, 3);
    expect([odd, witness.doubled]).toEqual([[], []]);
    expect(witness.most).toBeLessThanOrEqual(ROOM);
    expect(acknowledged).toBeGreaterThan(KILLS * 5);

    await Promise.all(open.map(({ id }) => api.remove(id)));
    const cleared = await eventually(
      () => api.server(server.id),
      ({ pods }) => pods.managed === 0 && pods.foreign === 0,
    );
    expect([cleared.capacity.reserved.cpus, witness.reservations]).toEqual([0, []]);
    process.stdout.write(
      `${KILLS} kills, ${acknowledged} launches acknowledged, ${witness.made.size} made, seed ${SEED}\n`,
    );
  }, 900_000);
});

describe('a create', () => {
  let fake: FakeKubernetes;
  let proxy: FaultProxy;
  let berth: Berth;
  let api: FleetClient;
  let witness: Witness;
  let serverId: string;

  beforeEach(async () => {
    fake = await new FakeKubernetes({ nodes: ['node-a'], gpus: 0 }).start();
    proxy = await new FaultProxy(fake.kubeconfig()).start();
    witness = new Witness(fake);
    berth = await startBerth({ env: { ...QUICK, BERTH_NETWORK_ALLOWED_PORTS: portOf(proxy.kubeconfig()) } });
    api = new FleetClient((path, options) => berth.fetch(path, options));
    serverId = (await api.register('fake', { kubeconfig: { text: proxy.kubeconfig() } })).id;
  });
  afterEach(async () => {
    await berth.close();
    await proxy.stop();
    await fake.stop();
  });

  const isReserved = (podId: string): boolean => {
    const state = berth.state.read().servers[serverId]?.pods[podId]?.reservation.state;
    return state !== undefined && state !== 'Released';
  };

  it.each<[string, Fault, number]>([
    ['whose answer is lost', { kind: 'answer-lost' }, 1],
    ['whose answer is lost three times', { kind: 'answer-lost' }, 3],
    ['whose answer comes after the deadline', { kind: 'late-answer', ms: 4_000 }, 1],
    ['that is reset', { kind: 'reset' }, 1],
    ['that is answered with 500 after it was accepted', { kind: 'status-after', status: 500 }, 1],
    ['that is answered with 503 after it was accepted', { kind: 'status-after', status: 503 }, 2],
    ['that is answered with 504 after it was accepted', { kind: 'status-after', status: 504 }, 1],
    ['that is cut before it arrives', { kind: 'cut-before' }, 2],
    ['that is never answered', { kind: 'silence' }, 1],
  ])(
    '%s makes one Deployment, is never released, and leaves nothing behind',
    async (_what, fault, times) => {
      const free = (await api.server(serverId)).capacity.available;
      proxy.inject({ method: 'POST', path: /\/deployments$/, times, fault });
      const { id, amounts } = await api.mustLaunch({ name: 'web', cpus: 1 });
      const gaps: string[] = [];
      const watching = berth.state.changes$.subscribe(() => {
        if (!isReserved(id))
          gaps.push(berth.state.read().servers[serverId]?.pods[id]?.reservation.state ?? 'not there');
      });
      const running = await eventually(
        () => api.pod(id),
        ({ state }) => state === 'Running',
      );
      watching.unsubscribe();
      expect([gaps, running.amounts]).toEqual([[], amounts]);
      expect(running.reservation.createAttempts).toBe(times + 1);
      expect([...witness.made]).toEqual([['web', 1]]);
      expect(witness.reservations).toEqual([running.reservation.id]);
      await api.remove(id);
      await eventually(
        () => api.server(serverId),
        ({ capacity }) => capacity.available.cpus === free.cpus,
      );
      expect(witness.reservations).toEqual([]);
      expect(fake.store.list('pods')).toEqual([]);
    },
    60_000,
  );

  it('that is cancelled while its outcome is unknown is not released before it can no longer arrive', async () => {
    proxy.inject({ method: 'POST', path: /\/deployments$/, fault: { kind: 'cut-before' } });
    const { id } = await api.mustLaunch({ name: 'web' });
    await eventually(
      () => api.pod(id),
      ({ reason }) => reason !== '',
    );
    await api.must('POST', `/pods/${id}/cancel`);
    const pod = berth.state.read().servers[serverId]?.pods[id];
    const deadline = Date.parse(pod?.reservation.createDeadlineAt ?? '');
    const releasedAt = await eventually(
      async () => berth.state.read().servers[serverId]?.pods[id]?.reservation,
      (reservation) => reservation?.state === 'Released',
    );
    expect(Date.parse(releasedAt?.changedAt ?? '')).toBeGreaterThanOrEqual(deadline);
    expect((await api.pod(id)).state).toBe('Cancelled');
    expect(witness.reservations).toEqual([]);
  }, 60_000);
});
