/**
 * `node dist/main.js state verify | restore [generation] | seal <file>`: looks at the state, and repairs it, while Berth is stopped.
 * Promises: never removes bytes: what `restore` replaces is kept as `master.json.corrupt-<instant>`. Returns the exit status: 0 done,
 * 1 refused or found wrong, 2 called wrongly, 75 another process owns the directory.
 */
import { dirname, basename, join, resolve } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { checkInvariants } from '../domain/invariants.js';
import type { DurableState } from '../domain/master-state.js';
import { MASTER_FILE } from './data-directory.js';
import { writeDurably } from './durable-write.js';
import type { FsPort } from './fs-port.js';
import { GENERATIONS, listGenerations } from './generations.js';
import { decodeUnsealed, encode } from './master-codec.js';
import { isJournal } from './journal.js';
import { nodeFs } from './node-fs.js';
import { type ReadMaster, readMaster, withJournal } from './read-master.js';
import { LOCK_FILE, LOCKED_EXIT_CODE, StateLock } from './state-lock.js';
import type { WallClock } from './wall-clock.js';

export interface StateCommandParts {
  /** Settings' `state.directory`. */
  readonly directory: string;
  readonly print: (line: string) => void;
  readonly now: WallClock;
  readonly fs?: FsPort;
}

type Parts = Required<StateCommandParts>;

const USAGE = `Usage:
  state verify                 reads master.json and every generation, and says whether they can be loaded
  state restore [generation]   puts back a generation, the newest good one by default; keeps what it replaces
  state seal <file>            checks a file that was changed by hand, and gives it a new checksum`;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function summary(state: DurableState): string {
  const entries = Object.values(state.servers);
  const pods = entries.reduce((sum, entry) => sum + Object.keys(entry.pods).length, 0);
  return `revision ${state.rev}, ${entries.length} servers, ${pods} pods`;
}

async function inspect(path: string, { fs, print }: Parts): Promise<ReadMaster | null> {
  try {
    const document = await readMaster(fs, path);
    print(`${path}: good: ${summary(document.state)}`);
    for (const problem of checkInvariants(document.state)) print(`  warning: ${problem}`);
    if (document.tornBytes > 0)
      print(`  ${document.tornBytes} bytes at the end of its journal were being written when Berth ended`);
    return document;
  } catch (error) {
    print(`${path}: BAD: ${wordsOf(error)}`);
    return null;
  }
}

async function verify(parts: Parts): Promise<number> {
  const current = await inspect(join(parts.directory, MASTER_FILE), parts);
  for (const name of await listGenerations(parts.fs, parts.directory)) {
    await inspect(join(parts.directory, GENERATIONS, name), parts);
  }
  return current ? 0 : 1;
}

/** Reads what may be damaged only to learn its revision: the restored one must be newer, since clients order by it. */
async function lastRevision(
  { fs, directory }: Parts,
  journals: readonly string[],
  names: readonly string[],
): Promise<number> {
  const revisions = names.map((name) => Number(name.split('-')[1] ?? 0));
  for (const name of [MASTER_FILE, ...journals]) {
    const source = await fs.read(join(directory, name)).then(
      (bytes) => Buffer.from(bytes).toString(),
      () => '',
    );
    for (const [, rev] of source.matchAll(/"rev": ?(\d{1,15}),/g)) revisions.push(Number(rev));
  }
  return revisions.reduce((most, rev) => Math.max(most, rev), 0);
}

async function choose(parts: Parts, names: readonly string[], wanted?: string): Promise<ReadMaster | null> {
  const candidates = wanted === undefined ? names.toReversed() : names.filter((name) => name === basename(wanted));
  if (candidates.length === 0)
    parts.print(`There is no generation ${wanted ?? ''} in ${join(parts.directory, GENERATIONS)}`);
  for (const name of candidates) {
    const document = await inspect(join(parts.directory, GENERATIONS, name), parts);
    if (document) return document;
  }
  return null;
}

async function restore(parts: Parts, wanted?: string): Promise<number> {
  const { fs, directory, print } = parts;
  const names = await listGenerations(fs, directory);
  const chosen = await choose(parts, names, wanted);
  if (!chosen) return 1;
  const journals = (await fs.list(directory)).filter((name) => isJournal(name));
  const rev = (await lastRevision(parts, journals, names)) + 1;
  for (const name of [MASTER_FILE, ...journals]) {
    const path = join(directory, name);
    if (!(await fs.stat(path))) continue;
    const kept = `${path}.corrupt-${parts.now().toISOString().replace(/[:.]/g, '-')}`;
    // A second name for the same bytes, so that master.json is never missing in between.
    await fs.link(path, kept);
    print(`What was there is kept as ${kept}`);
  }
  const document = { epoch: chosen.epoch + 1, journal: null, state: { ...chosen.state, rev } };
  await writeDurably(fs, directory, MASTER_FILE, encode(document));
  print(`Restored as ${summary(document.state)}. Start Berth; pods that were launched since appear as foreign pods.`);
  return 0;
}

async function seal(parts: Parts, file: string): Promise<number> {
  const path = resolve(file);
  try {
    const { epoch, state } = await withJournal(parts.fs, dirname(path), decodeUnsealed(await parts.fs.read(path)));
    for (const problem of checkInvariants(state)) parts.print(`  warning: ${problem}`);
    const bytes = encode({ epoch: epoch + 1, journal: null, state: { ...state, rev: state.rev + 1 } });
    await writeDurably(parts.fs, dirname(path), basename(path), bytes);
    parts.print(`${path}: sealed: ${summary(state)}`);
    return 0;
  } catch (error) {
    parts.print(`${path}: not sealed: ${wordsOf(error)}`);
    return 1;
  }
}

async function locked(directory: string, parts: Parts, run: () => Promise<number>): Promise<number> {
  if (!(await parts.fs.stat(join(directory, LOCK_FILE)))) return run();
  try {
    const lock = StateLock.acquire(directory);
    return await run().finally(() => lock.release());
  } catch (error) {
    if (!(error instanceof BerthError) || error.code !== 'STATE_LOCKED') throw error;
    parts.print(`${error.message}. Stop it first.`);
    return LOCKED_EXIT_CODE;
  }
}

/** @param args what stands after `state` on the command line. @returns the exit status. */
export async function runStateCommand(args: readonly string[], given: StateCommandParts): Promise<number> {
  const parts: Parts = { fs: nodeFs, ...given };
  const [command, operand] = args;
  if (command === 'verify' && args.length === 1) return verify(parts);
  if (command === 'restore' && args.length <= 2) {
    return locked(parts.directory, parts, () => restore(parts, operand));
  }
  if (command === 'seal' && operand !== undefined && args.length === 2) {
    return locked(dirname(resolve(operand)), parts, () => seal(parts, operand));
  }
  parts.print(USAGE);
  return 2;
}
