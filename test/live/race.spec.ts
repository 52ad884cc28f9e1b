import type { Amounts } from '../../src/domain/amounts.js';
import type { PodDto } from '../../src/pods/pod.dto.js';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { imageOf, isGiven } from './facts.js';
import { agree, deleteAll, finish } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import type { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { type Answer, LiveBerth, type ProblemBody } from './support/live-berth.js';
import { countBy, latencies } from './support/numbers.js';
import { NONE, onWire } from './support/quantities.js';
import { registerMachine } from './support/registered.js';

const CLIENTS = 500;
const ROUNDS = Number(process.env['BERTH_LIVE_RACE_ROUNDS'] ?? 1);
const rounds = Array.from({ length: ROUNDS }, (_, round) => round + 1);

/** An outsider takes this from the node first, so that what is left does not divide evenly. */
const TAKEN = { cpu: '300m', memory: '300Mi', 'ephemeral-storage': '1Gi' };
const GUEST = { cpu: '500m', memory: '64Mi' };
const GUESTS = 2;
const GUEST_CPUS = 0.5;

const SMALL: Amounts = { cpus: 0.01, memoryGiB: 0.01, storageGiB: 0, gpus: 0 };
const ASKS: readonly (readonly [keyof Amounts, Amounts])[] = [
  ['cpus', { ...SMALL, cpus: 0.25 }],
  ['memoryGiB', { ...SMALL, memoryGiB: 1 }],
  ['storageGiB', { ...SMALL, storageGiB: 5 }],
  ['gpus', { ...SMALL, gpus: 1 }],
];

const thousandths = (value: number): number => Math.round(value * 1000);

/** How many of `ask` fit into `free`, whichever kind runs out first. */
function fitting(free: Amounts, ask: Amounts): number {
  const kinds = Object.keys(ask) as (keyof Amounts)[];
  const asked = kinds.filter((kind) => ask[kind] > 0);
  return Math.min(...asked.map((kind) => Math.floor(thousandths(free[kind]) / thousandths(ask[kind]))));
}

describe('500 launches at once for the rest of one node', () => {
  let berth: LiveBerth;
  let server: ServerDto;
  let cluster: Cluster;
  let node: string;

  async function capacity(): Promise<ServerDto['capacity']> {
    const found = (await berth.server(server.id)).nodes.find(({ name }) => name === node);
    if (!found) throw new Error(`node ${node} is gone`);
    return found.capacity;
  }

  type Outcome = Answer<PodDto & ProblemBody>;

  function launchAll(ask: Amounts): Promise<Outcome[]> {
    const body = { ...ask, image: imageOf('plain', 'web'), serverId: server.id, nodeName: node };
    return Promise.all(Array.from({ length: CLIENTS }, () => berth.tryLaunch(body)));
  }

  /** Looks until the work is done: every single answer must show claims within what the node offers. */
  async function whileWatching<T>(check: (now: ServerDto['capacity']) => void, work: Promise<T>): Promise<T> {
    const done = new AbortController();
    const watching = (async () => {
      let looks = 0;
      for (; !done.signal.aborted; looks++) check(await capacity());
      return looks;
    })();
    const result = await work.finally(() => done.abort());
    expect(await watching).toBeGreaterThan(0);
    return result;
  }

  async function clusterIsWithin(): Promise<void> {
    const requested = onWire((await cluster.requested()).get(node) ?? NONE);
    const offered = onWire((await cluster.allocatable()).get(node) ?? NONE);
    for (const kind of Object.keys(offered) as (keyof Amounts)[])
      expect(requested[kind]).toBeLessThanOrEqual(offered[kind]);
  }

  function report(what: string, outcomes: readonly Outcome[]): void {
    const statuses = JSON.stringify(countBy(outcomes, ({ status }) => String(status)));
    console.log(`${what}: ${statuses}, answers ${latencies(outcomes.map(({ ms }) => ms))}`);
  }

  function expectRefusals(outcomes: readonly Outcome[], kind: keyof Amounts): void {
    for (const { status, body } of outcomes.filter(({ status }) => status !== 202)) {
      expect({ status, code: body.code }).toEqual({ status: 409, code: 'INSUFFICIENT_RESOURCES' });
      expect(body.shortfalls?.map(({ resource }) => resource)).toContain(kind);
      expect(body.shortfalls?.every(({ missing }) => missing > 0)).toBe(true);
    }
  }

  const runsAll = (count: number): Promise<boolean> =>
    eventually(
      'all that were accepted run',
      async () => {
        const states = countBy(
          (await berth.pods(server.id)).filter(({ reservation }) => reservation.state !== 'Released'),
          ({ state }) => state,
        );
        expect(states).toEqual(count === 0 ? {} : { Running: count });
        return true;
      },
      60_000,
    );

  beforeAll(async () => {
    if (!isGiven('plain')) return;
    berth = await LiveBerth.start();
    ({ server, cluster } = await registerMachine(berth, 'plain'));
    node = server.nodes[0]?.name ?? '';
  });

  afterEach(async () => {
    await deleteAll(berth, server.id, cluster);
    await agree(berth, server.id, cluster);
  });

  afterAll(() => finish(berth, [cluster]));

  describe.each(rounds)('in round %i', (round) => {
    describe.each(ASKS)('by %s', (kind, ask) => {
      caseWith(['plain'], 'exactly as many succeed as fit, and every other is told what is missing', async () => {
        await cluster.addForeign({ name: 'taker', requests: TAKEN, nodeName: node });
        await agree(berth, server.id, cluster);
        const before = await capacity();
        const expected = fitting(before.available, ask);
        const outcomes = await whileWatching((now) => {
          expect(now.overcommitted).toEqual({ cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 });
          expect(thousandths(now.allocated[kind])).toBeLessThanOrEqual(thousandths(now.allocatable[kind]));
        }, launchAll(ask));
        report(`round ${round}, ${kind}: ${before.available[kind]} free, ${ask[kind]} each, ${expected} fit`, outcomes);
        expect(outcomes.filter(({ status }) => status === 202)).toHaveLength(expected);
        expectRefusals(outcomes, kind);
        await runsAll(expected);
        await agree(berth, server.id, cluster);
        await clusterIsWithin();
        await deleteAll(berth, server.id, cluster);
        expect((await capacity()).available).toEqual(before.available);
        await cluster.removeForeign('taker');
      });
    });
  });

  /** Outsiders who ask the scheduler for room, have it for a moment, and leave. */
  async function comeAndGo(guest: number, signal: AbortSignal): Promise<number> {
    let visits = 0;
    for (; !signal.aborted; visits++) {
      const name = `guest-${guest}-${visits}`;
      await cluster.addForeign({ name, requests: GUEST, onlyNode: node });
      await cluster.removeForeign(name);
    }
    return visits;
  }

  caseWith(['plain'], 'with outsiders who come and go beside it, Berth never claims more than was left', async () => {
    const ask = { ...SMALL, cpus: 0.25 };
    const before = await capacity();
    const leave = new AbortController();
    const guests = Promise.all(Array.from({ length: GUESTS }, (_, guest) => comeAndGo(guest, leave.signal)));
    const outcomes = await whileWatching((now) => {
      expect(thousandths(now.reserved.cpus)).toBeLessThanOrEqual(thousandths(now.allocatable.cpus));
    }, launchAll(ask));
    await clusterIsWithin();
    const accepted = outcomes.filter(({ status }) => status === 202).length;
    await eventually(
      'the accepted ones have reached the cluster',
      async () =>
        (await berth.pods(server.id)).filter(({ reservation }) => reservation.state === 'Bound').length >= accepted,
    );
    await clusterIsWithin();
    leave.abort();
    const visits = await guests;
    report(`with ${visits.join(' and ')} visits of outsiders`, outcomes);
    expectRefusals(outcomes, 'cpus');
    const leftByGuests: Amounts = before.available;
    const least = fitting({ ...leftByGuests, cpus: leftByGuests.cpus - GUESTS * GUEST_CPUS }, ask);
    expect(accepted).toBeGreaterThanOrEqual(least);
    expect(accepted).toBeLessThanOrEqual(fitting(before.available, ask));
    await runsAll(accepted);
    await agree(berth, server.id, cluster);
  });
});
