import { setTimeout as sleep } from 'node:timers/promises';
import { startBareHttp, startBareNest } from '../child.js';
import type { Row } from '../report.js';
import { allOnline, type Site, startOn } from './site.js';

/** A minute of the default intervals in a quarter of the time. */
const QUICK_JOBS = {
  BERTH_HEALTH_INTERVAL_SECONDS: '7',
  BERTH_REFRESH_INTERVAL_SECONDS: '15',
  BERTH_REFRESH_USAGE_INTERVAL_SECONDS: '4',
};
const WATCHED_MS = 15_000;

export async function memory(site: Site): Promise<Row[]> {
  const berth = await startOn(site, QUICK_JOBS);
  const [http] = await startBareHttp();
  const [nest] = await startBareNest();
  try {
    await allOnline(berth);
    await sleep(WATCHED_MS);
    const bare = http.residentMiB().now;
    const seen = berth.child.residentMiB();
    const row = (what: string, measured: number, limit: Row['limit'], note: string): Row => ({
      what,
      unit: 'MiB',
      measured,
      limit,
      note,
    });
    return [
      {
        ...row('resident memory, 10 servers × 30 pods, jobs', seen.now, { what: 'bare node:http', value: bare }, ''),
        target: { most: 200, of: 'value' },
        note: `highest ever ${seen.peak.toFixed(0)} MiB`,
      },
      row(
        'the same, beside Nest on Fastify',
        seen.now,
        { what: 'one empty Nest module', value: nest.residentMiB().now },
        '',
      ),
    ];
  } finally {
    await Promise.all([berth.stop(), http.stop(), nest.stop()]);
  }
}
