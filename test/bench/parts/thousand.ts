import { join } from 'node:path';
import { Berth } from '../berth.js';
import { writeFleet } from '../fixture-state.js';
import type { Row } from '../report.js';
import { reads } from './reads.js';
import { allOnline, type Site } from './site.js';

const SERVERS = 1_000;

/** A large fleet of pretend servers, with its jobs. */
export async function thousand({ directory }: Site): Promise<Row[]> {
  const home = join(directory, 'thousand');
  await writeFleet(home, SERVERS);
  const berth = await Berth.start({ directory: home });
  try {
    await allOnline(berth);
    const rows = await reads(berth, `${SERVERS} servers`, directory);
    const start: Row = {
      what: `start to listening, ${SERVERS} servers`,
      unit: 'ms',
      measured: berth.startedMs,
      limit: null,
      note: 'once, and the key of the state is made',
    };
    const resident = berth.child.residentMiB();
    const memory: Row = {
      what: `resident memory, ${SERVERS} servers`,
      unit: 'MiB',
      measured: resident.now,
      limit: null,
      note: `highest ever ${resident.peak.toFixed(0)} MiB, after the reads`,
    };
    return [start, memory, ...rows];
  } finally {
    await berth.stop();
  }
}
