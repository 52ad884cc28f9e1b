import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Berth } from '../berth.js';
import { ROOT, startBareHttp } from '../child.js';
import { HttpConnection } from '../http-client.js';
import { closedLoop, forSeconds } from '../load.js';
import type { Row } from '../report.js';
import { type Spread, spread } from '../statistics.js';

const PATH = '/api/v1/servers';
const ROUNDS = 3;
const SECONDS = 1;
const CONNECTIONS = 10;
const run = promisify(execFile);

/** Requests a second, by autocannon in a process of its own. */
async function throughput(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const autocannon = join(ROOT, 'node_modules/autocannon/autocannon.js');
  const named = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const args = [autocannon, '--json', '-c', String(CONNECTIONS), '-d', String(SECONDS * 2), ...named, url + PATH];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
  const { requests, errors } = JSON.parse(stdout) as { requests: { mean: number }; errors: number };
  if (errors > 0) throw new Error(`autocannon met ${errors} errors`);
  return requests.mean;
}

interface Measured {
  readonly latency: Spread;
  readonly perSecond: number;
}

interface Side {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

/** Both sides in turns, so that what else the computer does falls on both. */
async function compare(sides: readonly Side[], status: number): Promise<Measured[]> {
  const latencies: number[][] = sides.map(() => []);
  const rates: number[][] = sides.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, side] of sides.entries()) {
      const { latenciesMs } = await closedLoop(side.url, 1, forSeconds(SECONDS, side.bytes), status);
      // The first round is the warm-up: code is compiled, connections are made.
      if (round === 0) continue;
      latencies[index]?.push(...latenciesMs);
      rates[index]?.push(await throughput(side.url, side.headers));
    }
  }
  return sides.map((_, index) => ({
    latency: spread(latencies[index] ?? []),
    perSecond: spread(rates[index] ?? []).mean,
  }));
}

function rows(what: string, berth: Measured, bare: Measured, limit: string, note: string): Row[] {
  const row = (figure: string, unit: string, measured: number, value: number): Row => ({
    what: `${what}, ${figure}`,
    unit,
    measured,
    limit: { what: limit, value },
    note,
  });
  return [
    row('p50', 'ms', berth.latency.p50, bare.latency.p50),
    row('p99', 'ms', berth.latency.p99, bare.latency.p99),
    row(`${CONNECTIONS} clients`, '/s', berth.perSecond, bare.perSecond),
  ];
}

/** GET /api/v1/servers whole, and again when nothing has changed. */
export async function reads(berth: Berth, what: string, directory: string): Promise<Row[]> {
  const connection = new HttpConnection(berth.url);
  const { body } = await connection.send(berth.bytes('GET', PATH));
  connection.close();
  const file = join(directory, 'answer.json');
  await writeFile(file, body);
  const [bare, bareUrl] = await startBareHttp(file);
  try {
    const authorization = `Bearer ${berth.token}`;
    const side = (url: string, headers: Readonly<Record<string, string>>): Side => ({
      url,
      headers: { authorization, ...headers },
      bytes: berth.bytes('GET', PATH, undefined, headers),
    });
    const measure = async (status: number, headers: Readonly<Record<string, string>>): Promise<Measured[]> =>
      compare([side(berth.url, headers), side(bareUrl, headers)], status);
    const [whole, bareWhole] = await measure(200, {});
    const [same, bareSame] = await measure(304, { 'if-none-match': '*' });
    if (!whole || !bareWhole || !same || !bareSame) throw new Error('a side was not measured');
    const kib = `${(body.length / 1_024).toFixed(0)} KiB`;
    return [
      ...rows(`GET servers, ${what}`, whole, bareWhole, 'bare node:http, same bytes', kib),
      ...rows(`GET servers unchanged, ${what}`, same, bareSame, 'bare node:http 304', ''),
    ];
  } finally {
    await bare.stop();
  }
}
