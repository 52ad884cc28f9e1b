import fc from 'fast-check';
import {
  AT,
  claim,
  entry,
  GIB,
  node,
  picture,
  pod,
  podInfo,
  reservation,
  server,
} from '../../test/support/domain-fixtures.js';
import { fromAmounts, toAmounts } from './amounts.js';
import { checkInvariants, overcommits } from './invariants.js';
import { nodeAccounts, totals } from './ledger.js';
import { EMPTY_STATE } from './master-state.js';
import { bestFit, nearestMisfits, type Candidate } from './placement.js';
import {
  add,
  fits,
  NOTHING,
  RESOURCE_KINDS,
  resources,
  shortfalls,
  subtract,
  type ResourceVector,
} from './resources.js';

const [LAB] = [server('server-1')];

describe('the ledger of a node', () => {
  it('takes reservations and foreign requests from what is allocatable', () => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 1_000, memoryBytes: GIB }))]);
    const seen = picture([node('node-1')], [podInfo('f', { request: claim({ cpuMilli: 500 }) })]);
    const [account] = nodeAccounts(lab, seen);
    expect(account?.reserved).toEqual(claim({ cpuMilli: 1_000, memoryBytes: GIB }));
    expect(account?.foreign).toEqual(claim({ cpuMilli: 500 }));
    expect(account?.available).toEqual(
      resources({ cpuMilli: 2_500, memoryBytes: 7 * GIB, storageBytes: 100 * GIB, podCount: 108 }),
    );
  });

  it.each([
    ['Held', 1_000],
    ['Creating', 1_000],
    ['Bound', 1_000],
    ['Releasing', 1_000],
    ['Released', 0],
  ] as const)('counts a %s reservation as %i, whether the cluster shows its pod or not', (state, cpuMilli) => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 1_000 }, { state, createAttempts: 1 }))]);
    expect(nodeAccounts(lab, picture([node('node-1')]))[0]?.reserved.cpuMilli).toBe(cpuMilli);
  });

  it('counts a managed pod once, as the larger of its reservation and what the cluster reports', () => {
    const lab = entry(LAB, [
      pod('a', reservation('r1', { cpuMilli: 1_000, memoryBytes: 2 * GIB }, { state: 'Bound', createAttempts: 1 })),
    ]);
    const seen = picture(
      [node('node-1')],
      [podInfo('p', { reservationId: 'r1', request: claim({ cpuMilli: 1_500, memoryBytes: GIB }) })],
    );
    const [account] = nodeAccounts(lab, seen);
    expect(account?.reserved).toEqual(claim({ cpuMilli: 1_500, memoryBytes: 2 * GIB }));
    expect(account?.foreign).toEqual(NOTHING);
  });

  it('counts both pods of a reservation while one replaces the other', () => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 1_000 }, { state: 'Bound', createAttempts: 1 }))]);
    const both = ['old', 'new'].map((uid) =>
      podInfo(uid, { reservationId: 'r1', isTerminating: uid === 'old', request: claim({ cpuMilli: 1_000 }) }),
    );
    expect(nodeAccounts(lab, picture([node('node-1')], both))[0]?.reserved.cpuMilli).toBe(2_000);
  });

  it.each([
    ['Succeeded pods hold nothing', podInfo('p', { phase: 'Succeeded' }), 0],
    ['Failed pods hold nothing', podInfo('p', { phase: 'Failed' }), 0],
    ['Terminating pods hold their request until they are gone', podInfo('p', { isTerminating: true }), 100],
    ['Pending pods on a node hold their request', podInfo('p', { phase: 'Pending' }), 100],
    [
      'a pod the scheduler has not judged weighs on every node',
      podInfo('p', { phase: 'Pending', nodeName: null }),
      100,
    ],
    [
      'a pod that fits nowhere weighs on none',
      podInfo('p', { phase: 'Pending', nodeName: null, isUnschedulable: true }),
      0,
    ],
    ['a pod with the label of an unknown reservation is foreign', podInfo('p', { reservationId: 'unknown' }), 100],
    ['a pod on another node weighs there', podInfo('p', { nodeName: 'node-2' }), 0],
  ])('%s', (_, info, cpuMilli) => {
    expect(nodeAccounts(entry(LAB), picture([node('node-1')], [info]))[0]?.foreign.cpuMilli).toBe(cpuMilli);
  });

  it('counts a pod of a released reservation as foreign until it is gone', () => {
    const lab = entry(LAB, [
      pod('a', reservation('r1', { cpuMilli: 1_000 }, { state: 'Released', createAttempts: 1 })),
    ]);
    const seen = picture(
      [node('node-1')],
      [podInfo('p', { reservationId: 'r1', request: claim({ cpuMilli: 1_000 }) })],
    );
    expect(nodeAccounts(lab, seen)[0]).toMatchObject({ reserved: NOTHING, foreign: claim({ cpuMilli: 1_000 }) });
  });

  it('shows overcommit when a node shrinks, and offers nothing there', () => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 3_000 }))]);
    const [account] = nodeAccounts(lab, picture([node('node-1', { cpuMilli: 2_000 })]));
    expect(account?.available.cpuMilli).toBe(0);
    expect(account?.overcommitted.cpuMilli).toBe(1_000);
  });

  it('keeps what is reserved on a node that is gone in sight', () => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 3_000 }))]);
    const [account] = nodeAccounts(lab, picture([]));
    expect(account).toMatchObject({ nodeName: 'node-1', closedReason: 'the node is gone', node: null });
    expect(account?.overcommitted.cpuMilli).toBe(3_000);
  });

  it.each([
    [{ isReady: false }, 'the node is not ready'],
    [{ isCordoned: true }, 'the node is cordoned'],
    [{ taints: [{ key: 'gpu', value: '', effect: 'NoSchedule' as const }] }, 'the node is tainted gpu:NoSchedule'],
  ])('offers nothing on a closed node %j', (state, reason) => {
    const [account] = nodeAccounts(entry(LAB), picture([node('node-1', {}, state)]));
    expect(account).toMatchObject({ closedReason: reason, available: NOTHING });
  });

  it('treats unknown capacity as none', () => {
    expect(nodeAccounts(entry(LAB), null)).toEqual([]);
  });

  it('sums nodes without letting the overcommit of one eat the room of another', () => {
    const lab = entry(LAB, [pod('a', reservation('r1', { cpuMilli: 5_000 }))]);
    const sums = totals(nodeAccounts(lab, picture([node('node-1'), node('node-2')])));
    expect(sums.available.cpuMilli).toBe(4_000);
    expect(sums.overcommitted.cpuMilli).toBe(1_000);
  });
});

describe('placement', () => {
  const candidates = (nodes: ReturnType<typeof node>[], pods: Parameters<typeof entry>[1] = []): Candidate[] =>
    nodeAccounts(entry(LAB, pods), picture(nodes)).map((account) => ({
      serverId: 'server-1',
      serverName: 'server-1',
      account,
    }));

  it('takes the node with the least left over', () => {
    const chosen = bestFit(
      claim({ cpuMilli: 1_000 }),
      candidates([node('node-1'), node('node-2', { cpuMilli: 1_000 })]),
    );
    expect(chosen?.account.nodeName).toBe('node-2');
  });

  it('leaves GPU nodes to those who ask for GPUs', () => {
    const nodes = [node('node-1', { gpuCount: 4 }), node('node-2')];
    expect(bestFit(claim({ cpuMilli: 100 }), candidates(nodes))?.account.nodeName).toBe('node-2');
    expect(bestFit(claim({ cpuMilli: 100, gpuCount: 1 }), candidates(nodes))?.account.nodeName).toBe('node-1');
  });

  it('never splits a request over nodes: 4 and 4 free are not 8', () => {
    const nodes = [node('node-1'), node('node-2')];
    expect(bestFit(claim({ cpuMilli: 8_000 }), candidates(nodes))).toBeNull();
    const [nearest] = nearestMisfits(claim({ cpuMilli: 8_000 }), candidates(nodes), 5);
    expect(nearest?.shortfalls).toEqual([{ resource: 'cpuMilli', asked: 8_000, available: 4_000, missing: 4_000 }]);
  });

  it('refuses the 111th pod of a node with 110 slots', () => {
    expect(bestFit(claim({}), candidates([node('node-1', { podCount: 0 })]))).toBeNull();
  });

  it('chooses only what fits, and a node whenever one fits, for random fleets', () => {
    const amount = fc.record({ cpuMilli: fc.nat(4_000), memoryBytes: fc.nat(8), gpuCount: fc.nat(3) });
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 6 }), amount, (offers, asked) => {
        const all = candidates(offers.map((offer, index) => node(`n${index}`, offer)));
        const chosen = bestFit(claim(asked), all);
        const possible = all.some(({ account }) => fits(claim(asked), account.available));
        expect(chosen !== null).toBe(possible);
        if (chosen) expect(fits(claim(asked), chosen.account.available)).toBe(true);
      }),
    );
  });

  it('never lets claims exceed what is allocatable, whatever is asked in whatever order', () => {
    const ask = fc.record({ cpuMilli: fc.integer({ min: 1, max: 2_000 }), gpuCount: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 30 }), (asks) => {
        const seen = picture([node('node-1', { gpuCount: 4 }), node('node-2')], [podInfo('f')]);
        let lab = entry(LAB);
        asks.forEach((each, index) => {
          const options = nodeAccounts(lab, seen).map((account) => ({
            serverId: 'server-1',
            serverName: 's',
            account,
          }));
          const chosen = bestFit(claim(each), options);
          if (!chosen) return;
          const taken = reservation(`r${index}`, each, { nodeName: chosen.account.nodeName });
          lab = { ...lab, pods: { ...lab.pods, [`p${index}`]: pod(`p${index}`, taken) } };
        });
        const state = { ...EMPTY_STATE, servers: { 'server-1': lab }, observed: {} };
        expect(checkInvariants(state)).toEqual([]);
        for (const account of nodeAccounts(lab, seen)) expect(account.overcommitted).toEqual(NOTHING);
      }),
    );
  });
});

describe('amounts', () => {
  it('never claims less than was asked, and shows what was asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 1, max: 1_000_000_000 }),
        (cpuMilli, memoryMicro) => {
          const asked = { cpus: cpuMilli / 1000, memoryGiB: memoryMicro / 1_000_000, storageGiB: 0, gpus: 0 };
          const vector = fromAmounts(asked);
          expect(vector.cpuMilli).toBe(cpuMilli);
          expect(vector.memoryBytes).toBeGreaterThanOrEqual(asked.memoryGiB * GIB - 0.001);
          expect(toAmounts(vector)).toEqual(asked);
        },
      ),
    );
  });

  it.each([
    [0.1 + 0.2, 300],
    [0.0005, 1],
    [1.0001, 1_001],
  ])('turns %p cores into %p milli-cores', (cpus, cpuMilli) => {
    expect(fromAmounts({ cpus, memoryGiB: 1, storageGiB: 0, gpus: 0 }).cpuMilli).toBe(cpuMilli);
  });
});

describe('resource vectors', () => {
  const vector: fc.Arbitrary<ResourceVector> = fc.record(
    Object.fromEntries(RESOURCE_KINDS.map((kind) => [kind, fc.nat()])) as Record<
      (typeof RESOURCE_KINDS)[number],
      fc.Arbitrary<number>
    >,
  );

  it('subtract what was added', () => {
    fc.assert(fc.property(vector, vector, (a, b) => expect(subtract(add(a, b), b)).toEqual(a)));
  });

  it('fit exactly when nothing falls short', () => {
    fc.assert(fc.property(vector, vector, (a, b) => expect(fits(a, b)).toBe(shortfalls(a, b).length === 0)));
  });

  it('stay safe integers whatever is summed', () => {
    const most = resources({ memoryBytes: Number.MAX_SAFE_INTEGER });
    expect(add(most, most).memoryBytes).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('may take nothing of a kind that is overcommitted', () => {
    expect(fits(claim({ cpuMilli: 1 }), resources({ cpuMilli: 1, gpuCount: -1, podCount: 1 }))).toBe(true);
  });
});

describe('the invariant checker', () => {
  const state = (pods: Parameters<typeof entry>[1]) => ({ ...EMPTY_STATE, servers: { 'server-1': entry(LAB, pods) } });

  it.each([
    ['a Held reservation with an attempt', [pod('a', reservation('r', {}, { createAttempts: 1 }))], /is Held although/],
    ['a Creating one without', [pod('a', reservation('r', {}, { state: 'Creating' }))], /without an attempt/],
    ['a Bound one that was never created', [pod('a', reservation('r', {}, { state: 'Bound' }))], /nothing was created/],
    ['a fraction', [pod('a', reservation('r', { cpuMilli: 0.5 }))], /cpuMilli is 0.5/],
    ['a negative claim', [pod('a', reservation('r', { memoryBytes: -1 }))], /memoryBytes is -1/],
    [
      'two reservations with one id',
      [pod('a', reservation('r', {})), pod('b', reservation('r', {}))],
      /reservation r is there twice/,
    ],
    [
      'two open pods with one name',
      [pod('a', reservation('r', {}), { name: 'x' }), pod('b', reservation('s', {}), { name: 'x' })],
      /named x/,
    ],
    ['a pod of another server', [pod('a', reservation('r', {}), { serverId: 'other' })], /another id or server/],
  ])('notices %s', (_, pods, expected) => {
    expect(checkInvariants(state(pods)).join()).toMatch(expected);
  });

  it('finds nothing wrong in a good state, and lists overcommit apart', () => {
    const good = state([pod('a', reservation('r', { cpuMilli: 9_000 }))]);
    expect(checkInvariants(good)).toEqual([]);
    const observed = {
      'server-1': {
        status: { state: 'Online' as const, code: '', message: '', since: AT },
        checks: [],
        checkedAt: null,
        latencyHistory: [],
        facts: null,
        resources: picture([node('node-1')]),
        refreshError: null,
      },
    };
    expect(overcommits({ ...good, observed })).toEqual(['server-1/node-1: cpuMilli by 5000']);
  });
});
