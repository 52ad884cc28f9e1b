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
import { initialObservation } from '../domain/observation.js';
import type { ServerObservation } from '../domain/server.js';
import { StateRepository } from '../state/state.repository.js';
import { Ring } from './ring.js';
import { Sampler } from './sampler.js';
import { fleetSamples, serverSamples } from './samples-view.js';
import { COARSE_MS, FINE_MS, Series } from './series.js';

describe('a ring of rows', () => {
  it('keeps the newest, and knows nothing of what was skipped or is too old', () => {
    const ring = new Ring(4, 2);
    expect(ring.at(0, 0)).toBeNaN();
    for (const tick of [10, 11, 13]) ring.write(tick, [tick, -tick]);
    expect([9, 10, 11, 12, 13, 14].map((tick) => ring.at(tick, 0))).toEqual([NaN, 10, 11, NaN, 13, NaN]);
    ring.write(15, [15, -15]);
    expect([11, 12, 13, 14, 15].map((tick) => ring.at(tick, 1))).toEqual([NaN, NaN, -13, NaN, -15]);
    ring.write(1_000, [1, 1]);
    expect([997, 998, 999, 1_000].map((tick) => ring.at(tick, 0))).toEqual([NaN, NaN, NaN, 1]);
  });

  it('overwrites a tick that is told twice, and ignores the past of a clock that was set back', () => {
    const ring = new Ring(4, 1);
    ring.write(10, [1]);
    ring.write(10, [2]);
    ring.write(8, [3]);
    expect([ring.at(10, 0), ring.at(8, 0)]).toEqual([2, NaN]);
  });
});

describe('a series', () => {
  it('has an hour by 15 seconds and a day by the means of 5 minutes', () => {
    const series = new Series(1);
    const day = 86_400_000 / FINE_MS;
    for (let tick = 0; tick < day; tick += 1) series.write(tick, [tick]);
    const hour = series.columns(1, day - 1, 0);
    expect([hour.columns[0]?.length, hour.columns[0]?.at(-1), hour.fromMs]).toEqual([
      240,
      day - 1,
      (day - 240) * FINE_MS,
    ]);
    const all = series.columns(24, day - 1, 0);
    expect([all.columns[0]?.length, all.columns[0]?.[0], all.fromMs]).toEqual([288, 9.5, 0]);
    expect(all.columns[0]?.at(-1)).toBe(day - 10.5);
    expect(COARSE_MS / FINE_MS).toBe(20);
  });

  it('begins with the first that can be known', () => {
    const series = new Series(1);
    series.write(100, [1]);
    expect(series.columns(1, 102, 100).columns[0]).toEqual([1, NaN, NaN]);
  });
});

describe('the sampler', () => {
  const NODE = node(
    'node-1',
    { cpuMilli: 8_000, memoryBytes: 16 * GIB },
    { usage: { cpuMilli: 500, memoryBytes: GIB, observedAt: AT } },
  );
  const record = pod('p', reservation('r', { cpuMilli: 2_000, memoryBytes: GIB }, { state: 'Bound' }), {
    serverId: 'a',
  });
  const seen: ServerObservation = {
    ...online(picture([NODE], [podInfo('u', { request: claim({ cpuMilli: 250 }) })])),
    checks: [
      { name: 'link', result: 'pass', latencyMs: 12, message: '' },
      { name: 'api', result: 'pass', latencyMs: 31, message: '' },
    ],
  };
  const now = Date.parse(AT);

  async function rig(): Promise<{ state: StateRepository; sampler: Sampler }> {
    const state = new StateRepository();
    await state.update({ actor: 'test', reason: 'test' }, (draft) => {
      Object.assign(draft.servers, { a: entry(server('a'), [record]), b: entry(server('b')) });
    });
    state.observe('a', () => seen);
    state.observe('b', () => ({ ...seen, status: { ...seen.status, state: 'Offline' }, checks: [] }));
    return { state, sampler: new Sampler(state) };
  }

  it('remembers capacity, claims, use and latency, with gaps where a server was not in touch', async () => {
    const { state, sampler } = await rig();
    await sampler.sample(now);
    state.observe('a', () => initialObservation(AT, 'Offline'));
    await sampler.sample(now + FINE_MS);
    const all = sampler.server('a', 1, now + FINE_MS);
    expect(all && serverSamples(all, 1)).toMatchObject({
      from: AT,
      intervalSeconds: 15,
      capacity: {
        cpus: { allocatable: [8, null], reserved: [2, null], foreign: [0.25, null], used: [0.5, null] },
        memoryGiB: { allocatable: [16, null], used: [1, null] },
        gpus: { allocatable: [0, null] },
      },
      latencyMs: { link: [12, null], api: [31, null] },
    });
    expect(fleetSamples(sampler.fleet(1, now + FINE_MS), 1)).toMatchObject({
      capacity: { cpus: { allocatable: [8, 0] } },
      servers: { inTouch: [1, 0], total: [2, 2] },
    });
    await state.close();
  });

  it('forgets a server that is removed, and knows no other', async () => {
    const { state, sampler } = await rig();
    await sampler.sample(now);
    await state.update({ actor: 'test', reason: 'test' }, (draft) => {
      delete draft.servers['a'];
    });
    expect(sampler.server('a', 1, now)).toBeNull();
    expect(sampler.server('constructor', 1, now)).toBeNull();
    await sampler.sample(now + FINE_MS);
    expect(fleetSamples(sampler.fleet(24, now + FINE_MS), 24).servers.total).toEqual([1.5]);
    await state.close();
  });
});
