import fc from 'fast-check';
import { produce } from 'immer';
import {
  AT,
  claim,
  entry,
  GIB,
  node,
  online,
  picture,
  pod,
  podInfo,
  reservation,
  server,
} from '../../test/support/domain-fixtures.js';
import { BerthError } from '../domain/errors.js';
import { checkInvariants, overcommits } from '../domain/invariants.js';
import type { DurableState, MasterState, ServerEntry } from '../domain/master-state.js';
import { initialObservation } from '../domain/observation.js';
import type { ServerObservation, ServerRecord, ServerState } from '../domain/server.js';
import { type LaunchOrder, reserve } from './reserve.js';

const LATER = '2026-11-23T09:05:00.000Z';

const order = (some: Partial<LaunchOrder> = {}): LaunchOrder => ({
  podId: 'new-pod',
  reservationId: 'new-reservation',
  name: 'new',
  serverId: null,
  nodeName: null,
  amounts: claim({ cpuMilli: 1_000, memoryBytes: GIB }),
  spec: { image: 'web:1', command: [], args: [], env: [], ports: [], runAsNonRoot: false },
  launchedBy: 'ann',
  at: AT,
  trustedSince: AT,
  ...some,
});

const stateOf = (entries: readonly ServerEntry[], observed: Record<string, ServerObservation>): MasterState => ({
  rev: 1,
  servers: Object.fromEntries(entries.map((each) => [each.server.id, each])),
  idempotency: {},
  access: { adminTokenHash: null },
  observed,
});

const empty = (id: string, record: Partial<ServerRecord> = {}): ServerEntry => entry(server(id, record));
const seen = (some: Parameters<typeof node>[1] = {}): ServerObservation => online(picture([node('node-1', some)]));

function run(state: MasterState, asked: LaunchOrder): MasterState {
  const { observed, ...durable } = state;
  const next: DurableState = produce(durable, (draft) => void reserve(draft, observed, asked));
  return { ...next, observed };
}

function refusal(state: MasterState, asked: LaunchOrder): BerthError {
  try {
    run(state, asked);
  } catch (error) {
    if (error instanceof BerthError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

const taken = (state: MasterState): readonly string[] =>
  Object.values(state.servers).flatMap((each) =>
    Object.values(each.pods).map((one) => `${one.serverId}/${one.reservation.nodeName}`),
  );

describe('reserve', () => {
  it('takes the room, Held, with everything that the settler needs', () => {
    const after = run(stateOf([empty('server-1')], { 'server-1': seen() }), order());
    expect(after.servers['server-1']?.pods['new-pod']).toMatchObject({
      name: 'new',
      serverId: 'server-1',
      launchedBy: 'ann',
      reservation: { id: 'new-reservation', state: 'Held', nodeName: 'node-1', createAttempts: 0, gpuResource: null },
    });
    expect(checkInvariants(after)).toEqual([]);
  });

  it('refuses the second of two requests for the last 2 GB', () => {
    const start = stateOf([empty('server-1')], { 'server-1': seen({ memoryBytes: 2 * GIB }) });
    const two = claim({ cpuMilli: 1, memoryBytes: 2 * GIB });
    const after = run(start, order({ amounts: two }));
    const error = refusal(after, order({ podId: 'b', reservationId: 'b', name: 'b', amounts: two }));
    expect(error).toMatchObject({
      code: 'INSUFFICIENT_RESOURCES',
      details: {
        asked: { memoryGiB: 2 },
        shortfalls: [{ resource: 'memoryGiB', asked: 2, available: 0, missing: 2 }],
        nodes: [{ serverId: 'server-1', nodeName: 'node-1', closedReason: null }],
      },
    });
  });

  it('goes by allocatable, not by what the hardware has', () => {
    const small = node('node-1', { cpuMilli: 500 }, { capacity: node('x', { cpuMilli: 64_000 }).capacity });
    const state = stateOf([empty('server-1')], { 'server-1': online(picture([small])) });
    expect(refusal(state, order()).details['shortfalls']).toEqual([
      { resource: 'cpus', asked: 1, available: 0.5, missing: 0.5 },
    ]);
  });

  it('counts what others run on the node, and what they are about to run anywhere', () => {
    const foreign = podInfo('f', { request: claim({ cpuMilli: 2_000 }) });
    const pending = podInfo('p', { request: claim({ cpuMilli: 1_500 }), nodeName: null, phase: 'Pending' });
    const withPods = online(picture([node('node-1')], [foreign, pending]));
    const state = stateOf([empty('server-1')], { 'server-1': withPods });
    expect(refusal(state, order()).details['shortfalls']).toMatchObject([{ resource: 'cpus', available: 0.5 }]);
  });

  it('does not add up what is free on two nodes', () => {
    const two = online(picture([node('node-1', { cpuMilli: 600 }), node('node-2', { cpuMilli: 600 })]));
    expect(refusal(stateOf([empty('server-1')], { 'server-1': two }), order()).code).toBe('INSUFFICIENT_RESOURCES');
  });

  it('takes the tightest node of all servers, and only the named one when one is named', () => {
    const state = stateOf([empty('server-1'), empty('server-2')], {
      'server-1': seen({ cpuMilli: 8_000, memoryBytes: 16 * GIB }),
      'server-2': seen({ cpuMilli: 2_000, memoryBytes: 2 * GIB, storageBytes: GIB }),
    });
    expect(taken(run(state, order()))).toEqual(['server-2/node-1']);
    expect(taken(run(state, order({ serverId: 'server-1' })))).toEqual(['server-1/node-1']);
  });

  it('takes only the named node', () => {
    const two = online(picture([node('node-1'), node('node-2')]));
    const state = stateOf([empty('server-1')], { 'server-1': two });
    expect(taken(run(state, order({ nodeName: 'node-2' })))).toEqual(['server-1/node-2']);
    expect(refusal(state, order({ nodeName: 'node-3' }))).toMatchObject({
      code: 'INSUFFICIENT_RESOURCES',
      message: 'No node has room for this. No node is open.',
    });
  });

  it('says that a node is closed', () => {
    const cordoned = online(picture([node('node-1', {}, { isCordoned: true })]));
    const { details } = refusal(stateOf([empty('server-1')], { 'server-1': cordoned }), order());
    expect(details['nodes']).toMatchObject([{ closedReason: 'the node is cordoned' }]);
  });

  it("remembers the node's GPU resource when GPUs are asked for", () => {
    const state = stateOf([empty('server-1')], { 'server-1': seen({ gpuCount: 2 }) });
    const after = run(state, order({ amounts: claim({ cpuMilli: 1, gpuCount: 2 }) }));
    expect(after.servers['server-1']?.pods['new-pod']?.reservation.gpuResource).toBe('nvidia.com/gpu');
  });

  it('refuses a name that an open pod has, and takes it again after that one is released', () => {
    const has = (state: 'Bound' | 'Released'): MasterState =>
      stateOf(
        [entry(server('server-1'), [pod('p', reservation('r', {}, { state, createAttempts: 1 }), { name: 'new' })])],
        { 'server-1': seen() },
      );
    expect(refusal(has('Bound'), order()).code).toBe('POD_NAME_TAKEN');
    expect(taken(run(has('Released'), order()))).toHaveLength(2);
  });
});

describe('a server that takes no launches', () => {
  const in_ = (state: ServerState): ServerObservation => ({
    ...seen(),
    status: initialObservation(AT, state).status,
  });
  it.each<[string, Partial<ServerRecord>, ServerObservation | undefined]>([
    ['is paused', { isPaused: true }, seen()],
    ['is being removed', { isRemoving: true }, seen()],
    ['has not been seen yet', {}, undefined],
    ['has no picture yet', {}, initialObservation(AT, 'Online')],
    ['is Offline', {}, in_('Offline')],
    ['shows another host key', {}, in_('HostKeyChanged')],
    ['is Connecting', {}, in_('Connecting')],
  ])('because it %s is refused by name, and passed over otherwise', (_what, record, observation) => {
    const observed = { 'server-2': seen(), ...(observation ? { 'server-1': observation } : {}) };
    const state = stateOf([empty('server-1', record), empty('server-2')], observed);
    expect(refusal(state, order({ serverId: 'server-1' })).code).toBe('SERVER_NOT_READY');
    expect(taken(run(state, order()))).toEqual(['server-2/node-1']);
  });

  it('because its capacity is too old is one of unknown capacity, that is none', () => {
    const state = stateOf([empty('server-1')], { 'server-1': seen() });
    expect(refusal(state, order({ serverId: 'server-1', trustedSince: LATER })).code).toBe('SERVER_NOT_READY');
    expect(refusal(state, order({ trustedSince: LATER })).code).toBe('INSUFFICIENT_RESOURCES');
  });

  it('because nobody knows it is not found', () => {
    expect(refusal(stateOf([], {}), order({ serverId: 'server-9' })).code).toBe('SERVER_NOT_FOUND');
  });
});

it('never lets claims exceed allocatable, whatever is asked in whatever order', () => {
  const amounts = fc.record({
    cpuMilli: fc.integer({ min: 1, max: 3_000 }),
    memoryBytes: fc.integer({ min: 1, max: 4 * GIB }),
    gpuCount: fc.integer({ min: 0, max: 2 }),
  });
  const nodes = fc.array(amounts, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(nodes, fc.array(amounts, { maxLength: 25 }), (offers, asks) => {
      const shown = offers.map((offer, index) => node(`node-${index}`, offer));
      let state = stateOf([empty('server-1')], { 'server-1': online(picture(shown)) });
      const free = offers.map((offer) => ({ ...offer }));
      for (const [index, ask] of asks.entries()) {
        const id = String(index);
        const asked = order({ podId: id, reservationId: `r${id}`, name: `p${id}`, amounts: claim(ask) });
        const roomy = free.some(
          (room) =>
            ask.cpuMilli <= room.cpuMilli && ask.memoryBytes <= room.memoryBytes && ask.gpuCount <= room.gpuCount,
        );
        try {
          state = run(state, asked);
        } catch (error) {
          expect([error instanceof BerthError && error.code, roomy]).toEqual(['INSUFFICIENT_RESOURCES', false]);
          continue;
        }
        expect(roomy).toBe(true);
        const name = state.servers['server-1']?.pods[id]?.reservation.nodeName ?? '';
        const room = free[Number(name.slice(5))];
        if (!room) throw new Error(`there is no ${name}`);
        room.cpuMilli -= ask.cpuMilli;
        room.memoryBytes -= ask.memoryBytes;
        room.gpuCount -= ask.gpuCount;
        expect(Math.min(room.cpuMilli, room.memoryBytes, room.gpuCount)).toBeGreaterThanOrEqual(0);
      }
      expect([...checkInvariants(state), ...overcommits(state)]).toEqual([]);
    }),
  );
});
