import { setTimeout as pause } from 'node:timers/promises';
import type { PodDto } from '../../src/pods/pod.dto.js';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { imageOf, isGiven } from './facts.js';
import { agree, deleteAll, finish } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import type { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { type Answer, LiveBerth, type ProblemBody } from './support/live-berth.js';
import { countBy, latencies, randomFrom } from './support/numbers.js';
import { registerMachine } from './support/registered.js';

const KILLS = Number(process.env['BERTH_LIVE_KILLS'] ?? 10);
const SEED = Number(process.env['BERTH_LIVE_SEED'] ?? Date.now() % 1_000_000);
const CLIENTS = 16;
const ALIVE_MS = { least: 50, most: 1_200 };
const ASK = { cpus: 0.5, memoryGiB: 0.125 };
/** Answers that are no outcome: the same request is sent again. */
const NOT_YET = new Set(['SERVER_NOT_READY', 'STATE_BUSY', 'SHUTTING_DOWN']);

/** A launch that was acknowledged. */
interface Acknowledged {
  readonly key: string;
  readonly podId: string;
  isDeleted: boolean;
}

describe('kill -9 in the middle of a race', () => {
  let berth: LiveBerth;
  let server: ServerDto;
  let cluster: Cluster;
  const random = randomFrom(SEED);
  const acknowledged: Acknowledged[] = [];
  let lost = 0;

  /** Sends a request with its key until it has an outcome, however often Berth dies meanwhile. */
  function insist<T>(
    what: string,
    send: () => Promise<Answer<T & Partial<ProblemBody>>>,
  ): Promise<Answer<T & ProblemBody>> {
    return eventually(
      `there is an answer to ${what}`,
      async () => {
        const answer = await send().catch(() => void lost++);
        if (typeof answer !== 'object' || NOT_YET.has(answer.body.code ?? '')) return undefined;
        return answer as Answer<T & ProblemBody>;
      },
      60_000,
    );
  }

  const launchOnce = (key: string): Promise<Answer<PodDto & ProblemBody>> => {
    const body = { ...ASK, image: imageOf('plain', 'web'), serverId: server.id };
    return insist<PodDto>(key, () => berth.tryLaunch(body, { 'idempotency-key': key }));
  };

  async function removeOnce(launch: Acknowledged): Promise<void> {
    const headers = { 'idempotency-key': `${launch.key}-delete` };
    const path = `/api/v1/pods/${launch.podId}`;
    const { status } = await insist<PodDto>(path, () => berth.call('DELETE', path, undefined, headers));
    expect(status).toBe(202);
    launch.isDeleted = true;
  }

  /** One of many who launch and delete until told to stop. */
  async function client(number: number, signal: AbortSignal): Promise<void> {
    for (let turn = 0; !signal.aborted; turn++) {
      const key = `client-${number}-${turn}`;
      const { status, body } = await launchOnce(key);
      if (status !== 202) {
        expect({ status, code: body.code }).toEqual({ status: 409, code: 'INSUFFICIENT_RESOURCES' });
        await pause(50);
        continue;
      }
      const launch: Acknowledged = { key, podId: body.id, isDeleted: false };
      acknowledged.push(launch);
      if (random() < 0.7) await removeOnce(launch);
    }
  }

  beforeAll(async () => {
    if (!isGiven('plain')) return;
    berth = await LiveBerth.start();
    ({ server, cluster } = await registerMachine(berth, 'plain'));
  });

  afterAll(() => finish(berth, [cluster]));

  caseWith(['plain'], `no acknowledged launch is lost, none is doubled, none leaks, after ${KILLS} kills`, async () => {
    const stop = new AbortController();
    const clients = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number, stop.signal)));
    const startsMs: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(ALIVE_MS.least + random() * (ALIVE_MS.most - ALIVE_MS.least));
      await berth.kill();
      const startedAt = performance.now();
      await berth.revive();
      startsMs.push(performance.now() - startedAt);
    }
    stop.abort();
    await clients;
    const kept = acknowledged.filter(({ isDeleted }) => !isDeleted);
    console.log(
      `seed ${SEED}: ${KILLS} kills, ${acknowledged.length} launches acknowledged, ${kept.length} kept, ` +
        `${lost} answers lost, ready again ${latencies(startsMs)}`,
    );
    for (let round = 0; round < 3; round++) await berth.refresh(server.id);
    await agree(berth, server.id, cluster, 60_000);
    const pods = await berth.pods(server.id);
    // Every request has had its answer by now, so each pod is one that somebody was told of: no more, no fewer.
    expect(pods.map(({ id }) => id).sort()).toEqual(acknowledged.map(({ podId }) => podId).sort());
    const open = pods.filter(({ reservation }) => reservation.state !== 'Released');
    expect(open.map(({ id }) => id).sort()).toEqual(kept.map(({ podId }) => podId).sort());
    expect(countBy(open, ({ state }) => state)).toEqual(kept.length === 0 ? {} : { Running: kept.length });
    for (const { key, podId } of acknowledged.slice(-CLIENTS)) expect((await launchOnce(key)).body.id).toBe(podId);
    await deleteAll(berth, server.id, cluster);
    await agree(berth, server.id, cluster);
  });
});
