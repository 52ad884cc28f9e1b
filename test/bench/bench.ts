/** Runs the parts one after the other; a part that fails is named at the end, and the others go on. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Berth } from './berth.js';
import { ROOT } from './child.js';
import { Fleet } from './fleet.js';
import { machineFacts } from './machine-facts.js';
import { sickServers } from './parts/sick-servers.js';
import { memory } from './parts/memory.js';
import { launchRace } from './parts/race.js';
import { reads } from './parts/reads.js';
import { reservations } from './parts/reservations.js';
import { allOnline, fill, openSite, type Site, startOn } from './parts/site.js';
import { startUp } from './parts/start-up.js';
import { thousand } from './parts/thousand.js';
import { tunnel } from './parts/tunnel.js';
import { type Failure, isMet, ratioOf, type Row, table } from './report.js';

const rows: Row[] = [];
const failures: Failure[] = [];

const PARTS = ['memory', 'start-up', 'reads', 'race', 'reservations', 'tunnel', 'sick-servers', 'thousand'] as const;
const chosen = new Set(process.argv.slice(2));
const isChosen = (name: string): boolean => chosen.size === 0 || chosen.has(name);

async function part(name: (typeof PARTS)[number], measure: () => Promise<Row[]>): Promise<void> {
  if (!isChosen(name)) return;
  const startedAt = performance.now();
  try {
    rows.push(...(await measure()));
  } catch (error) {
    failures.push({ part: name, reason: error instanceof Error ? error.message : String(error) });
  }
  process.stderr.write(`${name}: ${((performance.now() - startedAt) / 1_000).toFixed(1)} s\n`);
}

/** The parts that share one running Berth. */
async function onOneBerth(site: Site): Promise<void> {
  const berth: Berth = await startOn(site);
  try {
    await allOnline(berth);
    await part('reads', () => reads(berth, '10 servers', site.directory));
    await part('race', () => launchRace(berth));
    await part('reservations', () => reservations(site, berth));
    await part('tunnel', () => tunnel(site, berth));
  } finally {
    await berth.stop();
  }
}

const unknown = [...chosen].filter((name) => !PARTS.some((each) => each === name));
if (unknown.length > 0) throw new Error(`there is no part ${unknown.join(', ')}; parts: ${PARTS.join(', ')}`);
const directory = await realpath(await mkdtemp(join(tmpdir(), 'berth-bench-')));
const facts = machineFacts(directory);
for (const [name, fact] of Object.entries(facts)) process.stdout.write(`${name.padEnd(8)}${fact}\n`);
const fleet = Fleet.start();
try {
  const site = await openSite(directory, fleet);
  await fill(site);
  await part('memory', () => memory(site));
  await part('start-up', () => startUp(site));
  await onOneBerth(site);
  await part('sick-servers', () => sickServers(site));
  await part('thousand', () => thousand(site));
} finally {
  await fleet.stop();
  await rm(directory, { recursive: true, force: true });
}

process.stdout.write(`\n${table(rows)}\n`);
for (const { part: name, reason } of failures) process.stdout.write(`\nNOT MEASURED: ${name}: ${reason}\n`);
const judged = rows.map((row) => Object.assign({}, row, { ratio: ratioOf(row), isMet: isMet(row) }));
const report = { at: new Date().toISOString(), facts, rows: judged, failures };
await writeFile(join(ROOT, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
