import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkInvariants, overcommits } from '../../src/domain/invariants.js';
import type { PodEvent } from '../../src/domain/pod-info.js';
import type { PodDto, PodPageDto } from '../../src/pods/pod.dto.js';
import { SandboxFaults } from '../../src/providers/sandbox/sandbox-faults.js';
import { SANDBOX_TIMES } from '../../src/providers/sandbox/sandbox-times.js';
import { SandboxWorlds } from '../../src/providers/sandbox/sandbox-worlds.js';
import type { FleetDto, ServerDto, ServerListDto } from '../../src/servers/server.dto.js';
import { type Berth, startBerth } from '../support/app.js';
import { EventReader } from '../support/events.js';
import { eventually, FleetClient, senderTo } from '../support/fleet-client.js';

const FAST = { ...SANDBOX_TIMES, startMs: 20, slowMs: 60_000, stopMs: 20, crashMs: 20, restartMs: 20, logLineMs: 20 };
const NOBODY = '00000000-0000-4000-8000-000000000000';

const QUICK = {
  BERTH_HEALTH_INTERVAL_SECONDS: '1',
  BERTH_PODS_CALL_TIMEOUT_SECONDS: '1',
  BERTH_PODS_LATE_CREATE_SECONDS: '1',
};

let directory: string;
let berth: Berth;
let token = '';
let api: FleetClient;
let faults: SandboxFaults;

/** On the same directory the token is that of the first start. */
async function start(): Promise<void> {
  berth = await startBerth({ directory, env: QUICK });
  token = berth.token || token;
  api = new FleetClient(senderTo(berth.url, token));
  berth.app.nest.get(SandboxWorlds, { strict: false }).times = FAST;
  faults = berth.app.nest.get(SandboxFaults, { strict: false });
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-main-'));
  await start();
});
afterEach(async () => {
  const state = berth.state.read();
  await berth.close();
  await rm(directory, { recursive: true, force: true });
  expect([...checkInvariants(state), ...overcommits(state)]).toEqual([]);
});

const settled = (id: string, state: PodDto['state']): Promise<PodDto> =>
  eventually(
    () => api.pod(id),
    (pod) => pod.state === state,
  );
const text = async (path: string): Promise<string> =>
  (await fetch(berth.url + path, { headers: { authorization: `Bearer ${token}` } })).text();

it('does the main job: register, see room, launch, watch, read, delete, and the room is back', async () => {
  const server = await api.sandbox('lab', { cpusPerNode: 4, memoryGiBPerNode: 8, gpusPerNode: 2 });
  expect(server).toMatchObject({ name: 'lab', state: 'Online', nodes: [{ name: 'sandbox-1' }] });
  const free = server.capacity.available;
  expect(server.capacity.foreign.cpus).toBeGreaterThan(0);
  expect(free.cpus).toBeCloseTo(4 - server.capacity.foreign.cpus, 3);

  const pod = await api.mustLaunch(
    { name: 'web', cpus: 2, memoryGiB: 2, gpus: 1, env: [{ name: 'A', value: 'b' }] },
    20,
  );
  expect(pod).toMatchObject({
    name: 'web',
    state: 'Running',
    serverId: server.id,
    nodeName: 'sandbox-1',
    reservation: { state: 'Bound', createAttempts: 1 },
    amounts: { cpus: 2, memoryGiB: 2, storageGiB: 0, gpus: 1 },
    env: [{ name: 'A', value: 'b' }],
    launchedBy: 'admin',
  });
  const during = (await api.server(server.id)).capacity;
  expect(during.reserved).toMatchObject({ cpus: 2, memoryGiB: 2, gpus: 1 });
  expect(during.available.cpus).toBeCloseTo(free.cpus - 2, 3);
  expect(during.available.gpus).toBe(1);

  expect(await text(`/api/v1/pods/${pod.id}/logs?tail=1`)).toMatch(/^[^\n]+\n$/);
  const events = await api.must<PodEvent[]>('GET', `/pods/${pod.id}/events`);
  expect(events.map(({ reason }) => reason)).toEqual(expect.arrayContaining(['Scheduled', 'Started']));

  expect(await api.remove(pod.id)).toMatchObject({ status: 202, body: { state: 'Stopping' } });
  await settled(pod.id, 'Deleted');
  const after = await eventually(
    () => api.server(server.id),
    ({ capacity }) => capacity.available.cpus === free.cpus,
  );
  expect(after.capacity.available).toEqual(free);
  expect((await api.pods()).map(({ id }) => id)).not.toContain(pod.id);
});

it('follows the log of a running container line by line, until the reader leaves', async () => {
  await api.sandbox('lab');
  const pod = await api.mustLaunch({}, 20);
  const leave = new AbortController();
  const response = await fetch(`${berth.url}/api/v1/pods/${pod.id}/logs?follow=true&tail=0`, {
    headers: { authorization: `Bearer ${token}` },
    signal: leave.signal,
  });
  expect(response.headers.get('content-type')).toContain('text/plain');
  const reader = response.body?.getReader();
  let lines = '';
  while (lines.split('\n').length < 4) lines += new TextDecoder().decode((await reader?.read())?.value);
  leave.abort();
  expect(lines).toMatch(/line/);
});

it.each([
  ['/missing', 'ImagePullFailed', 'ErrImagePull'],
  ['/crash', 'CrashLoop', 'BackOff'],
  ['/oom', 'OutOfMemory', 'BackOff'],
])('tells why %s does not run, and keeps its room until it is deleted', async (image, reason) => {
  const server = await api.sandbox('lab');
  const pod = await api.mustLaunch({ image: `registry.test${image}:1`, cpus: 1 }, 20);
  const failing = await settled(pod.id, 'Failing');
  expect(failing).toMatchObject({ reason, reservation: { state: 'Bound' } });
  expect((await api.must<PodEvent[]>('GET', `/pods/${pod.id}/events`)).some(({ type }) => type === 'Warning')).toBe(
    true,
  );
  expect((await api.server(server.id)).capacity.reserved.cpus).toBe(1);
});

it('gives back at once what the cluster refuses, and says why', async () => {
  const server = await api.sandbox('lab');
  faults.plan(server.id, 'createPod', { kind: 'refuse', code: 'KUBERNETES_REFUSED' });
  const pod = await api.mustLaunch({ cpus: 1 }, 20);
  expect(pod).toMatchObject({ state: 'Failed', reason: 'KUBERNETES_REFUSED', reservation: { state: 'Released' } });
  expect((await api.server(server.id)).capacity.reserved.cpus).toBe(0);
});

it('says what is missing, per resource and node', async () => {
  const server = await api.sandbox('lab', { cpusPerNode: 2, memoryGiBPerNode: 4 });
  const { cpus, memoryGiB } = server.capacity.available;
  const { status, body } = await api.launch({ cpus: 3, memoryGiB: 5, gpus: 1 });
  expect([status, body.code]).toEqual([409, 'INSUFFICIENT_RESOURCES']);
  expect(body.hint).not.toBe('');
  expect(body.shortfalls).toEqual([
    { resource: 'cpus', asked: 3, available: cpus, missing: expect.closeTo(3 - cpus, 3) },
    { resource: 'memoryGiB', asked: 5, available: memoryGiB, missing: expect.closeTo(5 - memoryGiB, 5) },
    { resource: 'gpus', asked: 1, available: 0, missing: 1 },
  ]);
  expect(body.details?.['nodes']).toMatchObject([{ serverId: server.id, nodeName: 'sandbox-1' }]);
});

describe('cancel', () => {
  it('gives back a launch that hangs, when the cluster says it is not there', async () => {
    const server = await api.sandbox('lab');
    faults.plan(server.id, 'createPod', { kind: 'refuse', code: 'CONNECTION_REFUSED' });
    faults.plan(server.id, 'createPod', { kind: 'hang' });
    const refused = await api.mustLaunch({}, 20);
    expect(refused).toMatchObject({ state: 'Failed', reason: 'CONNECTION_REFUSED' });
    const hanging = await api.mustLaunch({ cpus: 1 });
    const { status, body } = await api.call<PodDto>('POST', `/pods/${hanging.id}/cancel`);
    expect([status, body.state]).toEqual([202, 'Stopping']);
    expect((await api.server(server.id)).capacity.reserved.cpus).toBe(1);
    expect((await settled(hanging.id, 'Cancelled')).reservation.state).toBe('Released');
    expect((await api.server(server.id)).capacity.reserved.cpus).toBe(0);
  });

  it('of a running pod is refused', async () => {
    await api.sandbox('lab');
    const { id } = await api.mustLaunch({}, 20);
    const { status, body } = await api.call('POST', `/pods/${id}/cancel`);
    expect([status, body.code]).toEqual([409, 'POD_NOT_CANCELLABLE']);
  });
});

describe('a forced release', () => {
  it('is refused while the server can be asked, allowed when it cannot, and needs a reason', async () => {
    const server = await api.sandbox('lab');
    const { id } = await api.mustLaunch({}, 20);
    const release = (reason: string) => api.call<PodDto>('POST', `/pods/${id}/release`, { reason });
    expect((await release('scrapped')).body.code).toBe('POD_NOT_RELEASABLE');
    faults.cut(server.id);
    await eventually(
      () => api.server(server.id),
      ({ state }) => state === 'Offline',
    );
    expect((await release(' ')).body.code).toBe('INVALID_REQUEST');
    await api.remove(id);
    expect((await api.pod(id)).state).toBe('Stopping');
    expect((await release('scrapped')).body).toMatchObject({ state: 'Deleted', reason: 'FORCED' });
    expect((await api.pod(id)).message).toContain('scrapped');
    expect((await api.launch({ serverId: server.id })).body.code).toBe('SERVER_NOT_READY');
  }, 60_000);
});

describe('a server', () => {
  it('that is paused takes no launches and keeps its pods; resumed, it takes them again', async () => {
    const { id } = await api.sandbox('lab');
    const pod = await api.mustLaunch({}, 20);
    expect(await api.must('POST', `/servers/${id}/pause`)).toMatchObject({ state: 'Paused', isPaused: true });
    expect((await api.launch({ serverId: id })).body.code).toBe('SERVER_NOT_READY');
    expect((await api.launch({})).body.code).toBe('INSUFFICIENT_RESOURCES');
    expect((await api.pod(pod.id)).reservation.state).toBe('Bound');
    await api.must('POST', `/servers/${id}/resume`);
    await eventually(
      () => api.server(id),
      ({ state }) => state === 'Online',
    );
    expect((await api.launch({})).status).toBe(202);
  });

  it('with pods is not removed unless told what becomes of them', async () => {
    const { id } = await api.sandbox('lab');
    const pod = await api.mustLaunch({ name: 'stays' }, 20);
    const { status, body } = await api.call('DELETE', `/servers/${id}`);
    expect([status, body.code]).toEqual([409, 'SERVER_HAS_PODS']);
    expect(body.details?.['pods']).toEqual([{ id: pod.id, name: 'stays' }]);
  });

  it('removed with `delete` deletes its pods, takes no more, and goes with the last', async () => {
    const { id } = await api.sandbox('lab');
    const pod = await api.mustLaunch({}, 20);
    expect(await api.must('DELETE', `/servers/${id}?pods=delete`)).toEqual({ isGone: false });
    expect((await api.launch({ serverId: id })).status).toBeGreaterThanOrEqual(404);
    await eventually(
      () => api.call('GET', `/servers/${id}`),
      ({ status }) => status === 404,
    );
    expect((await api.call('GET', `/pods/${pod.id}`)).body.code).toBe('POD_NOT_FOUND');
  });

  it('removed with `keep` is forgotten, and its pods run on', async () => {
    const { id } = await api.sandbox('lab');
    await api.mustLaunch({}, 20);
    const world = berth.app.nest.get(SandboxWorlds, { strict: false });
    const entry = berth.state.read().servers[id];
    expect(await api.must('DELETE', `/servers/${id}?pods=keep`)).toEqual({ isGone: true });
    if (entry?.server.connection.kind !== 'sandbox') throw new Error('it is no sandbox');
    expect(
      world
        .get(id, entry.server.connection)
        .snapshot()
        .pods.some((each) => each.reservationId !== null),
    ).toBe(true);
    expect(await api.pods()).toEqual([]);
  });

  it('is edited in place; its name is unique; the name of a server that is gone is free', async () => {
    const a = await api.sandbox('a');
    const b = await api.sandbox('b');
    const edited = await api.must<ServerDto>('PATCH', `/servers/${b.id}`, {
      name: 'c',
      tags: ['gpu'],
      location: 'Basel',
    });
    expect(edited).toMatchObject({ id: b.id, name: 'c', tags: ['gpu'], location: 'Basel', state: 'Online' });
    expect((await api.call('PATCH', `/servers/${b.id}`, { name: 'A' })).body.code).toBe('SERVER_NAME_TAKEN');
    await api.must('DELETE', `/servers/${a.id}`);
    expect((await api.must<ServerDto>('PATCH', `/servers/${b.id}`, { name: 'a' })).name).toBe('a');
  });

  it('is tested and reconnected on demand', async () => {
    const { id } = await api.sandbox('lab');
    expect(await api.must('POST', `/servers/${id}/test`)).toMatchObject({ facts: { kubernetesVersion: 'v1.36.0' } });
    expect(await api.must('POST', `/servers/${id}/reconnect`)).toMatchObject({ id });
    expect((await api.launch({})).status).toBe(202);
    expect((await api.call('POST', `/servers/${NOBODY}/test`)).body.code).toBe('SERVER_NOT_FOUND');
  });
});

describe('an Idempotency-Key', () => {
  it('makes one pod of ten launches at once, and of one more after a restart', async () => {
    const { id } = await api.sandbox('lab');
    const asked = { name: 'once', serverId: id };
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.launch(asked, 'key-1')));
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 202));
    const ids = new Set(answers.map(({ body }) => body.id));
    expect(ids.size).toBe(1);
    await berth.close();
    await start();
    const again = await api.launch(asked, 'key-1');
    expect([again.status, again.body.id]).toEqual([202, [...ids][0]]);
    expect(Object.keys(berth.state.read().servers[id]?.pods ?? {})).toHaveLength(1);
  });

  it('with another request is refused', async () => {
    await api.sandbox('lab');
    await api.launch({ name: 'one' }, 'key-1');
    const { status, body } = await api.launch({ name: 'two' }, 'key-1');
    expect([status, body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('of a refused launch is free to be used again', async () => {
    await api.sandbox('lab', { cpusPerNode: 2 });
    const { id } = await api.mustLaunch({ cpus: 1.5 }, 20);
    expect((await api.launch({ cpus: 1 }, 'key-1')).body.code).toBe('INSUFFICIENT_RESOURCES');
    await api.remove(id);
    await settled(id, 'Deleted');
    const answer = await eventually(
      () => api.launch({ cpus: 1 }, 'key-1'),
      ({ status }) => status === 202,
    );
    expect(answer.body.amounts?.cpus).toBe(1);
  });

  it('registers one server, deletes one pod, and removes one server, however often it is sent', async () => {
    const asked = { name: 'lab', sandbox: { nodes: 1, latencyMs: 0 } };
    const first = await api.must<ServerDto>('POST', '/servers', asked, 'r');
    const second = await api.must<ServerDto>('POST', '/servers', asked, 'r');
    expect(second.id).toBe(first.id);
    expect((await api.must<ServerListDto>('GET', '/servers')).items).toHaveLength(1);
    const pod = await api.mustLaunch({}, 20);
    expect([(await api.remove(pod.id, 'd')).status, (await api.remove(pod.id, 'd')).status]).toEqual([202, 202]);
    await settled(pod.id, 'Deleted');
    const remove = () => api.must('DELETE', `/servers/${first.id}`, undefined, 'x');
    expect([await remove(), await remove()]).toEqual([{ isGone: true }, { isGone: true }]);
  });
});

it('shows pods in pages that a cursor goes through', async () => {
  await api.sandbox('lab');
  for (let each = 0; each < 7; each += 1) await api.mustLaunch({ name: `web-${each}` });
  const found: string[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: PodPageDto = await api.must('GET', `/pods?limit=3${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(page.total).toBe(7);
    found.push(...page.items.map(({ name }) => name));
    cursor = page.nextCursor;
  }
  expect(found).toHaveLength(7);
  expect(new Set(found).size).toBe(7);
});

it('answers 304 while nothing has changed, and 200 after a change', async () => {
  await api.sandbox('lab');
  const read = (etag?: string) =>
    fetch(`${berth.url}/api/v1/servers`, {
      headers: { authorization: `Bearer ${token}`, ...(etag ? { 'if-none-match': etag } : {}) },
    });
  const tag = async (): Promise<string> => (await read()).headers.get('etag') ?? '';
  // The jobs may move the revision in between; the same tag twice in a row must give a 304 in the end.
  const status = await eventually(
    async () => (await read(await tag())).status,
    (each) => each === 304,
  );
  expect(status).toBe(304);
  const before = await tag();
  await api.mustLaunch({});
  expect((await read(before)).status).toBe(200);
});

it('tells one user of what another did, as it happens', async () => {
  const server = await api.sandbox('lab');
  const reader = new EventReader(
    await fetch(`${berth.url}/api/v1/events`, { headers: { authorization: `Bearer ${token}` } }),
  );
  await reader.next();
  const { id } = await api.mustLaunch({ name: 'told' });
  const told = await reader.next((event) => JSON.stringify(event.data).includes(server.id));
  expect(told).toBeDefined();
  await settled(id, 'Running');
  await reader.cancel();
});

it('sums the fleet, and leaves out what is out of reach', async () => {
  const a = await api.sandbox('a', { cpusPerNode: 4 });
  await api.sandbox('b', { cpusPerNode: 6 });
  await api.mustLaunch({ cpus: 1 }, 20);
  const fleet = await api.must<FleetDto>('GET', '/fleet');
  expect(fleet).toMatchObject({ servers: { total: 2, byState: { Online: 2 } }, pods: { managed: 1 }, nodes: 2 });
  expect([fleet.capacity.allocatable.cpus, fleet.capacity.reserved.cpus]).toEqual([10, 1]);
  await api.must('POST', `/servers/${a.id}/pause`);
  const less = await eventually(
    () => api.must<FleetDto>('GET', '/fleet'),
    ({ capacity }) => capacity.allocatable.cpus === 6,
  );
  expect(less.servers.byState).toEqual({ Online: 1, Paused: 1 });
});

it('the examples of the try-it console can be sent as they stand', async () => {
  type Examples = Readonly<Record<string, { readonly value: object }>>;
  interface Described {
    readonly paths: Readonly<
      Record<string, { post: { requestBody: { content: Record<string, { readonly examples: Examples }> } } }>
    >;
  }
  const { paths } = (await (await berth.fetch('/docs/openapi.json')).json()) as Described;
  const examples = (path: string): Examples =>
    paths[path]?.post.requestBody.content['application/json']?.examples ?? {};
  const { sandbox } = examples('/api/v1/servers');
  expect((await api.call('POST', '/servers', sandbox?.value)).status).toBe(201);
  const launches = Object.values(examples('/api/v1/pods'));
  expect(launches.length).toBeGreaterThan(1);
  for (const { value } of launches) expect((await api.call('POST', '/pods', value)).status).toBe(202);
});
