import fc from 'fast-check';
import {
  AT,
  claim,
  entry,
  GIB,
  online,
  picture,
  pod,
  podInfo,
  reservation,
  server,
} from '../../test/support/domain-fixtures.js';
import { EMPTY_STATE, type MasterState } from '../domain/master-state.js';
import type { PodInfo } from '../domain/pod-info.js';
import type { PodRecord } from '../domain/pod.js';
import { POD_SORTS } from './pod-list.dto.js';
import { keyOf, pageOf, type PodListing, type PodSpot } from './pod-page.js';

const bound = (id: string, some: Partial<PodRecord> = {}): PodRecord =>
  pod(id, reservation(`r-${id}`, { cpuMilli: 1_500, memoryBytes: 2 * GIB }, { state: 'Bound' }), some);

interface Site {
  readonly records?: readonly PodRecord[];
  readonly infos?: readonly PodInfo[];
}

function stateOf(sites: Readonly<Record<string, Site>>): MasterState {
  const servers = Object.entries(sites).map(([id, { records = [] }]) => [id, entry(server(id), records)] as const);
  const observed = Object.entries(sites).map(([id, { infos = [] }]) => [id, online(picture([], infos))] as const);
  return { ...EMPTY_STATE, servers: Object.fromEntries(servers), observed: Object.fromEntries(observed) };
}

const keys = (spots: readonly PodSpot[]): string[] => spots.map(keyOf);
const at = (index: number): string => new Date(Date.parse(AT) + index * 1_000).toISOString();

/** `count` pods of ours and as many of others, of few different values, so that ties are common. */
function many(count: number): MasterState {
  const records = Array.from({ length: count }, (_, index) =>
    pod(
      `pod-${index}`,
      reservation(`r-${index}`, { cpuMilli: 100 * (index % 3), memoryBytes: GIB * (index % 4) }, { state: 'Bound' }),
      { name: `web-${index % 5}`, launchedAt: at(index % 7) },
    ),
  );
  const infos = Array.from({ length: count }, (_, index) =>
    podInfo(`uid-${index}`, {
      name: `train-${index % 5}`,
      createdAt: at(index % 6),
      request: claim({ cpuMilli: 100 * (index % 4) }),
    }),
  );
  return stateOf({ a: { records, infos: infos.slice(0, count / 2) }, b: { infos: infos.slice(count / 2) } });
}

function allPages(state: MasterState, query: PodListing): PodSpot[] {
  const found: PodSpot[] = [];
  let cursor: string | null = null;
  do {
    const page = pageOf(state, { ...query, ...(cursor === null ? {} : { cursor }) });
    found.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}

describe('pages of pods', () => {
  it('show every pod once in one order, whatever the order and the size of a page', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(...POD_SORTS),
        fc.constantFrom('asc' as const, 'desc' as const),
        fc.constantFrom('managed' as const, 'foreign' as const, 'all' as const),
        (count, limit, sort, order, scope) => {
          const state = many(count);
          const paged = keys(allPages(state, { limit, sort, order, scope }));
          expect(new Set(paged).size).toBe(paged.length);
          expect(paged).toHaveLength(count * (scope === 'all' ? 2 : 1));
          expect(paged).toEqual(keys(pageOf(state, { limit: 1_000, sort, order, scope }).items));
          const back = keys(
            pageOf(state, { limit: 1_000, sort, scope, order: order === 'asc' ? 'desc' : 'asc' }).items,
          );
          expect(back.reverse()).toEqual(paged);
        },
      ),
    );
  });

  it.each<[PodListing, (spot: PodSpot) => number | string, number]>([
    [{ sort: 'name' }, ({ record, info }) => record?.name ?? info!.name, 1],
    [{ sort: 'cpus' }, ({ record, info }) => record?.reservation.amounts.cpuMilli ?? info!.request.cpuMilli, -1],
    [
      { sort: 'memory' },
      ({ record, info }) => record?.reservation.amounts.memoryBytes ?? info!.request.memoryBytes,
      -1,
    ],
    [{}, ({ record, info }) => record?.launchedAt ?? info!.createdAt!, -1],
    [{ sort: 'server' }, (spot) => spot.server.name, 1],
  ])('by %j are in that order', (query, value, direction) => {
    const values = allPages(many(20), { ...query, scope: 'all', limit: 7 }).map(value);
    const sorted = [...values].sort((a, b) => direction * (a < b ? -1 : a > b ? 1 : 0));
    expect(values).toEqual(sorted);
  });

  it('go on where they were although the pod at the cursor is gone and new ones came', () => {
    const records = Array.from({ length: 6 }, (_, index) => bound(`p${index}`, { launchedAt: at(index) }));
    const first = pageOf(stateOf({ a: { records } }), { limit: 2 });
    expect(keys(first.items)).toEqual(['p5', 'p4']);
    const later = [...records.filter(({ id }) => id !== 'p4'), bound('fresh', { launchedAt: at(100) })];
    const second = pageOf(stateOf({ a: { records: later } }), { limit: 10, cursor: first.nextCursor ?? '' });
    expect(keys(second.items)).toEqual(['p3', 'p2', 'p1', 'p0']);
    expect(second.total).toBe(6);
  });

  it('of 100 are the default', () => {
    expect(pageOf(many(120), {}).items).toHaveLength(100);
  });

  it.each(['nonsense', 'W10', Buffer.from('["name","a","b"]').toString('base64url'), ''])(
    'refuse the cursor "%s", which is not of their order',
    (cursor) => {
      expect(() => pageOf(many(1), { cursor })).toThrow(/cursor/);
    },
  );

  it.each([
    ['cpus', '["cpus","250","b"]'],
    ['name', '["name",7,"b"]'],
  ] as const)('by %s refuse a cursor whose value is of another type', (sort, json) => {
    const cursor = Buffer.from(json).toString('base64url');
    expect(() => pageOf(many(1), { sort, cursor })).toThrow(/cursor/);
  });

  const released = (id: string, code: 'DELETED' | 'VANISHED'): PodRecord =>
    pod(id, reservation(`r-${id}`, {}, { state: 'Released', code }));

  it('leave out what is over, keep what failed, and show all on demand', () => {
    const state = stateOf({
      a: {
        records: [bound('open'), released('deleted', 'DELETED'), released('vanished', 'VANISHED')],
        infos: [podInfo('alive'), podInfo('done', { phase: 'Succeeded' })],
      },
    });
    expect(keys(pageOf(state, { scope: 'all' }).items).sort()).toEqual(['a/alive', 'open', 'vanished']);
    expect(pageOf(state, { scope: 'all', finished: true }).total).toBe(5);
    expect(keys(pageOf(state, { state: 'Deleted' }).items)).toEqual(['deleted']);
    expect(keys(pageOf(state, { scope: 'foreign', state: 'Finished' }).items)).toEqual(['a/done']);
  });

  it('are narrowed by server, state, and a part of name, namespace or image in any case', () => {
    const state = stateOf({
      a: {
        records: [bound('one')],
        infos: [podInfo('u', { reservationId: 'r-one' }), podInfo('x', { namespace: 'vision' })],
      },
      b: { records: [bound('Two')] },
    });
    expect(keys(pageOf(state, { serverId: 'b' }).items)).toEqual(['Two']);
    expect(keys(pageOf(state, { state: 'Running' }).items)).toEqual(['one']);
    expect(keys(pageOf(state, { search: 'tWO' }).items)).toEqual(['Two']);
    expect(pageOf(state, { search: 'WEB:1' }).total).toBe(2);
    expect(keys(pageOf(state, { scope: 'all', search: 'Vision' }).items)).toEqual(['a/x']);
  });

  it("count a report of an open pod of ours once, and one that nobody knows as another's", () => {
    const state = stateOf({
      a: {
        records: [bound('one')],
        infos: [podInfo('ours', { reservationId: 'r-one' }), podInfo('orphan', { reservationId: 'r-lost' })],
      },
    });
    expect(keys(pageOf(state, { scope: 'all' }).items).sort()).toEqual(['a/orphan', 'one']);
  });
});
