import type { Berth } from '../berth.js';
import { type LoopDelay, startBareHttp } from '../child.js';
import { HttpConnection } from '../http-client.js';
import type { Row } from '../report.js';
import { spread } from '../statistics.js';
import { launchOf, SERVERS } from './site.js';

const RACERS = 500;
const ROUNDS = 4;
const ASKED_CPUS = 0.5;

interface Race extends LoopDelay {
  readonly ms: number;
  readonly won: number;
}

/** All at once: every connection is open before the first request is sent. */
async function race(
  url: string,
  bytes: readonly Buffer[],
  watch: (work: () => Promise<void>) => Promise<LoopDelay>,
): Promise<Race> {
  const racers = await Promise.all(
    bytes.map(async (each) => ({ bytes: each, connection: await new HttpConnection(url).open() })),
  );
  let [ms, won] = [0, 0];
  const delay = await watch(async () => {
    const startedAt = performance.now();
    const answers = await Promise.all(racers.map(({ connection, bytes }) => connection.send(bytes)));
    ms = performance.now() - startedAt;
    won = answers.filter(({ status }) => status === 202 || status === 200).length;
    const strange = answers.find(({ status }) => ![200, 202, 409].includes(status));
    if (strange) throw new Error(`a racer got ${strange.status}: ${strange.body.toString()}`);
  });
  for (const { connection } of racers) connection.close();
  return { ...delay, ms, won };
}

/** 500 launches at once for the rest of one node. */
export async function launchRace(berth: Berth): Promise<Row[]> {
  const servers = await berth.servers();
  const [bare, bareUrl] = await startBareHttp(undefined, { watchesLoop: true });
  const [ours, bares]: Race[][] = [[], []];
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const where = { serverId: servers[round % SERVERS]?.id, nodeName: 'node-a', cpus: ASKED_CPUS };
      const bytes = Array.from({ length: RACERS }, () => berth.bytes('POST', '/api/v1/pods', launchOf(where)));
      ours?.push(await race(berth.url, bytes, (work) => berth.child.loopDelayDuring(work)));
      bares?.push(await race(bareUrl, bytes, (work) => bare.loopDelayDuring(work)));
    }
  } finally {
    await bare.stop();
  }
  const middle = (races: readonly Race[] | undefined, figure: 'p50' | 'p99' | 'max' | 'ms'): number =>
    spread((races ?? []).map((each) => each[figure])).p50;
  const row = (what: string, figure: 'p50' | 'p99' | 'max' | 'ms', note: string): Row => ({
    what,
    unit: 'ms',
    measured: middle(ours, figure),
    limit: { what: 'bare node:http, same requests', value: middle(bares, figure) },
    note,
  });
  const winners = (ours ?? []).map(({ won }) => won).join(', ');
  return [
    row(`event-loop delay p99, ${RACERS} launches at once`, 'p99', `median of ${ROUNDS} races`),
    row(`event-loop delay max, ${RACERS} launches at once`, 'max', ''),
    row(`until all ${RACERS} are answered`, 'ms', `winners: ${winners}`),
  ];
}
