import { setTimeout as sleep } from 'node:timers/promises';
import type { Row } from '../report.js';
import { steadyRate } from '../load.js';
import { median, spread } from '../statistics.js';
import { allOnline, type Site, startOn, TRICKLING, VANISHING } from './site.js';

const ROUNDS = 5;
const SECONDS = 3;
const PER_SECOND = 200;
/** For the servers to come back, or to be missed. */
const SETTLE_MS = 1_500;

/** Jobs that meet the sick servers many times within a run. */
const IMPATIENT_JOBS = {
  BERTH_HEALTH_INTERVAL_SECONDS: '1',
  BERTH_HEALTH_TIMEOUT_SECONDS: '2',
  BERTH_REFRESH_INTERVAL_SECONDS: '2',
  BERTH_REFRESH_TIMEOUT_SECONDS: '3',
  BERTH_REFRESH_USAGE_INTERVAL_SECONDS: '1',
};

/** GET servers while all are well and while one is cut and one is slow, in turns. */
export async function sickServers(site: Site): Promise<Row[]> {
  const berth = await startOn(site, IMPATIENT_JOBS);
  const get = berth.bytes('GET', '/api/v1/servers');
  const measure = async (): Promise<readonly number[]> => {
    await sleep(SETTLE_MS);
    return (await steadyRate(berth.url, PER_SECOND, SECONDS, get, 200)).latenciesMs;
  };
  const [well, sick]: [(readonly number[])[], (readonly number[])[]] = [[], []];
  let seenSick = '';
  try {
    await allOnline(berth);
    await measure();
    for (let round = 0; round < ROUNDS; round += 1) {
      well.push(await measure());
      await site.fleet.cut(VANISHING);
      await site.fleet.trickle(TRICKLING);
      sick.push(await measure());
      const notOnline = (await berth.servers()).filter(({ state }) => state !== 'Online');
      seenSick = notOnline.map(({ name, state }) => `${name} ${state}`).join(', ');
      await site.fleet.heal();
    }
    await allOnline(berth);
  } finally {
    await site.fleet.heal();
    await berth.stop();
  }
  const [a, b] = [spread(well.flat()), spread(sick.flat())];
  const byRound = (runs: readonly (readonly number[])[]): number => median(runs.map((each) => spread(each).p99));
  return [
    {
      what: 'GET servers p99, one server cut and one slow',
      unit: 'ms',
      measured: b.p99,
      limit: { what: `all well, ${ROUNDS} runs each in turns`, value: a.p99 },
      target: { most: 1.1, of: 'ratio' },
      note: `medians of the runs ${byRound(sick).toFixed(2)} and ${byRound(well).toFixed(2)} ms; at the end: ${seenSick || 'nobody missed'}`,
    },
    {
      what: 'GET servers p50, one server cut and one slow',
      unit: 'ms',
      measured: b.p50,
      limit: { what: 'all well', value: a.p50 },
      note: `${PER_SECOND} requests/s`,
    },
  ];
}
