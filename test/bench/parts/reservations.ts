import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Berth } from '../berth.js';
import { startBareHttp } from '../child.js';
import { HttpConnection } from '../http-client.js';
import { closedLoop, times } from '../load.js';
import { rawDurableWrites } from '../raw-disk.js';
import type { Row } from '../report.js';
import { spread } from '../statistics.js';
import { allBound, launchOf, type Site } from './site.js';

const ALONE = 200;
const CLIENTS = 32;
const TOGETHER = 640;
const RAW = 100;

const launches = (berth: Berth, count: number): (() => Buffer | null) =>
  times(count, () => berth.bytes('POST', '/api/v1/pods', launchOf()));

/** Reading, validating and answering a POST of the same size with nothing behind it. */
async function barePosts(site: Site, berth: Berth): Promise<readonly number[]> {
  const connection = new HttpConnection(berth.url);
  const answer = await connection.send(berth.bytes('POST', '/api/v1/pods', launchOf()));
  connection.close();
  const file = join(site.directory, 'pod.json');
  await writeFile(file, answer.body);
  const [bare, url] = await startBareHttp(file);
  try {
    return (await closedLoop(url, 1, launches(berth, ALONE), 200)).latenciesMs;
  } finally {
    await bare.stop();
  }
}

export async function reservations(site: Site, berth: Berth): Promise<Row[]> {
  const bytesOnDisk = async (): Promise<number> => (await stat(join(site.stateDirectory, 'master.json'))).size;
  const raw = async (times: number): Promise<number[]> => rawDurableWrites(site.directory, await bytesOnDisk(), times);
  const before = await raw(RAW / 2);
  const alone = await closedLoop(berth.url, 1, launches(berth, ALONE), 202);
  const disk = spread([...before, ...(await raw(RAW / 2))]);
  const size = `${((await bytesOnDisk()) / 1_024).toFixed(0)} KiB`;
  const http = spread(await barePosts(site, berth));
  await allBound(berth);
  const together = await closedLoop(berth.url, CLIENTS, launches(berth, TOGETHER), 202);
  const one = spread(alone.latenciesMs);
  const many = spread(together.latenciesMs);
  const row = (what: string, measured: number, limit: string, value: number): Row => ({
    what,
    unit: 'ms',
    measured,
    limit: { what: limit, value },
  });
  const sameBytes = `write, datasync, rename, dirsync of ${size}`;
  return [
    { ...row('acknowledged reservation, p50', one.p50, sameBytes, disk.p50), target: { most: 8, of: 'value' } },
    row('acknowledged reservation, p99', one.p99, sameBytes, disk.p99),
    row('acknowledged reservation, p50', one.p50, 'bare node:http POST', http.p50),
    {
      what: `reservations, ${CLIENTS} clients`,
      unit: '/s',
      measured: together.latenciesMs.length / together.seconds,
      limit: { what: 'one durable write per acknowledgement', value: 1_000 / disk.mean },
      note: `more is better; p50 ${many.p50.toFixed(1)} ms, p99 ${many.p99.toFixed(1)} ms`,
    },
  ];
}
