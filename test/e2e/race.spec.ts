import { checkInvariants, overcommits } from '../../src/domain/invariants.js';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { SANDBOX_TIMES } from '../../src/providers/sandbox/sandbox-times.js';
import { SandboxWorlds } from '../../src/providers/sandbox/sandbox-worlds.js';
import { type Berth, startBerth } from '../support/app.js';
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { eventually, FleetClient } from '../support/fleet-client.js';
import { floorOf, race, type RaceKind, RACES } from '../support/race.js';

const CLIENTS = 500;
const ROUNDS = Number(process.env['BERTH_RACE_ROUNDS'] ?? 20);
const NODE = { cpusPerNode: 6, memoryGiBPerNode: 16, storageGiBPerNode: 61, gpusPerNode: 17, nodes: 1 };
const FAST = { ...SANDBOX_TIMES, startMs: 1, stopMs: 1 };

let berth: Berth;
let api: FleetClient;
/** What was ever wrong in any revision that a reader could see. */
let problems: string[];
let revisions: number;

async function start(env: Record<string, string> = {}): Promise<void> {
  berth = await startBerth({ env: { BERTH_HTTP_LOG_LEVEL: 'error', BERTH_PODS_SETTLE_PARALLEL: '32', ...env } });
  berth.app.nest.get(SandboxWorlds, { strict: false }).times = FAST;
  api = new FleetClient((path, options) => berth.fetch(path, options));
  problems = [];
  revisions = 0;
  berth.state.changes$.subscribe(() => {
    const state = berth.state.read();
    revisions += 1;
    problems.push(...checkInvariants(state), ...overcommits(state));
  });
}
afterEach(() => berth.close());

const free = async (id: string): Promise<ServerDto['capacity']['available']> =>
  (await api.server(id)).capacity.available;

/** All pods of Berth are gone, from its own books and from what it sees. */
async function clear(serverIds: readonly string[]): Promise<void> {
  const pods = await api.pods();
  await Promise.all(pods.map(({ id }) => api.remove(id)));
  await eventually(
    () => Promise.all(serverIds.map((id) => api.server(id))),
    (servers) => servers.every(({ capacity, pods: { managed } }) => managed === 0 && capacity.reserved.cpus === 0),
  );
  const { servers, observed } = berth.state.read();
  await eventually(
    async () =>
      Object.keys(servers).flatMap((id) => Object.values(berth.state.read().observed[id]?.resources?.pods ?? {})),
    (seen) => seen.every(({ reservationId }) => reservationId === null),
  );
  expect(Object.keys(observed).sort()).toEqual([...serverIds].sort());
}

/** What each winner has is what the cluster runs, no more and no less. */
async function agree(serverId: string, ids: readonly string[]): Promise<void> {
  const entry = berth.state.read().servers[serverId];
  const reservations = ids.map((id) => entry?.pods[id]?.reservation.id ?? 'none').sort();
  const seen = await eventually(
    async () => Object.values(berth.state.read().observed[serverId]?.resources?.pods ?? {}),
    (pods) => pods.filter(({ reservationId }) => reservationId !== null).length >= ids.length,
  );
  expect(seen.flatMap((pod) => pod.reservationId ?? []).sort()).toEqual(reservations);
}

async function round(server: ServerDto, { kind, ask }: RaceKind, clients: number): Promise<number> {
  const before = await free(server.id);
  const { won, lost, odd } = await race(api, clients, { ...ask, serverId: server.id });
  const asked = (ask as Record<string, number>)[kind] ?? 0;
  expect(odd).toEqual([]);
  expect(won).toHaveLength(floorOf(before[kind], asked));
  expect(lost).toHaveLength(clients - won.length);
  const left = (await free(server.id))[kind];
  expect(left).toBeLessThan(asked);
  expect(left).toBeCloseTo(before[kind] - won.length * asked, 5);
  for (const { body } of lost) {
    const shortfalls = body.shortfalls as { resource: string; asked: number; available: number; missing: number }[];
    const short = shortfalls.find(({ resource }) => resource === kind);
    expect(short?.asked).toBe(asked);
    expect(short?.available).toBeLessThan(asked);
    expect(short?.missing).toBeCloseTo(asked - (short?.available ?? 0), 5);
  }
  await agree(
    server.id,
    won.map(({ id }) => id),
  );
  await clear([server.id]);
  expect(await free(server.id)).toEqual(before);
  return won.length;
}

it.each(RACES)(
  `gives the rest of one node's $kind to exactly as many of ${CLIENTS} as there is room for, in ${ROUNDS} rounds`,
  async (kind) => {
    await start();
    const server = await api.sandbox('lab', NODE);
    let winners = 0;
    for (let each = 0; each < ROUNDS; each += 1) winners += await round(server, kind, CLIENTS);
    expect(winners).toBeGreaterThan(ROUNDS);
    expect(problems).toEqual([]);
    expect(revisions).toBeGreaterThan(ROUNDS);
  },
  600_000,
);

it('gives the room of three servers to exactly as many as it holds when nobody names a server', async () => {
  await start();
  const servers: ServerDto[] = [];
  for (const seed of [1, 2, 3]) servers.push(await api.sandbox(`lab-${seed}`, { ...NODE, seed, nodes: seed }));
  const nodes = async (): Promise<number[]> =>
    (await Promise.all(servers.map(({ id }) => api.server(id)))).flatMap((each) =>
      each.nodes.map(({ capacity }) => capacity.available.cpus),
    );
  for (let each = 0; each < 5; each += 1) {
    const room = (await nodes()).reduce((total, cpus) => total + floorOf(cpus, 0.25), 0);
    const { won, odd } = await race(api, CLIENTS, { cpus: 0.25, memoryGiB: 0.001 });
    expect([odd, won.length]).toEqual([[], room]);
    expect(new Set(won.map(({ serverId, nodeName }) => `${serverId}/${nodeName}`)).size).toBe(6);
    expect(Math.max(...(await nodes()))).toBeLessThan(0.25);
    await clear(servers.map(({ id }) => id));
  }
  expect(problems).toEqual([]);
}, 600_000);

it('gives the rest of a node of a Kubernetes API to as many as there is room for, with others coming and going', async () => {
  const fake = await new FakeKubernetes({ nodes: ['node-a'], gpus: 4 }).start();
  await start({ BERTH_NETWORK_ALLOWED_PORTS: new URL(fake.url).port });
  try {
    const server = await api.register('fake', { kubeconfig: { text: fake.kubeconfig() } });
    for (let each = 0; each < 5; each += 1) {
      const stranger = fake.addPod(`stranger-${each}`, 'node-a');
      await eventually(
        () => api.server(server.id),
        ({ capacity }) => capacity.foreign.cpus === 0.5,
      );
      const won = await round(server, { kind: 'cpus', ask: { cpus: 0.4, memoryGiB: 0.001 } }, CLIENTS);
      expect(won).toBe(18);
      expect(fake.store.list('deployments')).toEqual([]);
      fake.removePod(stranger);
      await eventually(
        () => api.server(server.id),
        ({ capacity }) => capacity.foreign.cpus === 0,
      );
    }
    expect(problems).toEqual([]);
  } finally {
    await fake.stop();
  }
}, 600_000);
