import { startBareHttp, startBareNest } from '../child.js';
import type { Row } from '../report.js';
import { median } from '../statistics.js';
import { type Site, startOn } from './site.js';

const ROUNDS = 5;

async function bareMs(start: typeof startBareNest): Promise<number> {
  const [child] = await start();
  const took = performance.now() - child.startedAt;
  await child.stop();
  return took;
}

export async function startUp(site: Site): Promise<Row[]> {
  const [berths, https, nests]: number[][] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    https?.push(await bareMs(() => startBareHttp()));
    nests?.push(await bareMs(startBareNest));
    const berth = await startOn(site);
    berths?.push(berth.startedMs);
    await berth.stop();
  }
  const measured = median(berths ?? []);
  return [
    {
      what: 'start to listening, 10 servers',
      unit: 'ms',
      measured,
      limit: { what: `bare node:http; median of ${ROUNDS}`, value: median(https ?? []) },
      target: { most: 2_000, of: 'value' },
      note: `best ${Math.min(...(berths ?? [])).toFixed(0)} ms`,
    },
    {
      what: 'the same, beside Nest on Fastify',
      unit: 'ms',
      measured,
      limit: { what: 'one empty Nest module', value: median(nests ?? []) },
    },
  ];
}
