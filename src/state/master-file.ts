/**
 * master.json and its journal on the disk. Opened once by the owner of the lock.
 *
 *   write ──► what changed, appended to the journal ··· until that is as large as master.json, was meddled with, or failed:
 *         └─► all, as a new master.json that names a new, empty journal; the old journal is of no use from then on
 *
 * Promises: `open` returns the state that was last acknowledged (or one that was in flight and not answered), or refuses; it never
 * takes an unreadable or missing file for an empty state. `write` resolves when the change and its name are on the disk. After `close`
 * master.json alone holds everything.
 * Invariant: nothing is written unless master.json still is the file that this process wrote or read.
 * Concurrency: `write` is called by one writer at a time.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { type DurableState, EMPTY_STATE } from '../domain/master-state.js';
import { MASTER_FILE, removeTemporaries, tracesOfEarlierLife } from './data-directory.js';
import { CodecError } from './codec-error.js';
import { DurableWriteError, writeDurably } from './durable-write.js';
import { errnoOf, type FsPort, type FsStat } from './fs-port.js';
import { type GenerationRules, Generations, GENERATIONS, listGenerations } from './generations.js';
import { isJournal, Journal, journalName } from './journal.js';
import { encode } from './master-codec.js';
import { type ReadMaster, readMaster } from './read-master.js';
import { deltaOf } from './state-delta.js';
import type { WallClock } from './wall-clock.js';

export interface MasterFileOptions {
  readonly fs: FsPort;
  readonly directory: string;
  readonly generations: GenerationRules;
  /** The journal may grow to this many bytes, and to those of master.json. */
  readonly journalBytes: number;
  readonly now: WallClock;
  /** Something that people should know and that stops nothing. */
  readonly warn: (message: string) => void;
}

/** Somebody else wrote the file: our picture of it is void. */
export class ForeignChangeError extends Error {
  constructor(path: string) {
    super(`${path} was changed or removed by somebody else while Berth was running; restart Berth to read it again`);
    this.name = 'ForeignChangeError';
  }
}

const isSameFile = (a: FsStat | null, b: FsStat | null): boolean =>
  a === b || (a !== null && b !== null && a.identity === b.identity && a.size === b.size && a.mtimeNs === b.mtimeNs);

/** The message of a refusal ends in the exact command that repairs it. */
async function unreadable(options: MasterFileOptions, reason: string, cause?: unknown): Promise<BerthError> {
  const newest = (await listGenerations(options.fs, options.directory)).at(-1);
  const advice = newest
    ? `Restore the newest older copy with: node dist/main.js state restore ${newest}`
    : `There is no older copy. To begin with nothing, move the directory away: mv '${options.directory}' '${options.directory}.broken'`;
  const details = { directory: options.directory, reason, generation: newest ?? null };
  return new BerthError('STATE_UNREADABLE', `${reason}. Nothing was changed. ${advice}`, details, cause);
}

async function load(options: MasterFileOptions): Promise<ReadMaster | null> {
  const { fs, directory } = options;
  const path = join(directory, MASTER_FILE);
  try {
    return await readMaster(fs, path);
  } catch (error) {
    if (error instanceof CodecError) {
      throw await unreadable(options, `${path} cannot be used: ${error.message}`, error);
    }
    if (errnoOf(error) !== 'ENOENT') throw await unreadable(options, `${path} cannot be read: ${String(error)}`, error);
    const traces = await tracesOfEarlierLife(fs, directory);
    if (traces.length === 0) return null;
    throw await unreadable(options, `${path} is missing, although ${traces.join(', ')} of an earlier life is there`);
  }
}

export interface OpenedMaster {
  readonly file: MasterFile;
  readonly state: DurableState;
  /** Why the disk takes no writes now; reads can go on. */
  readonly failure: Error | null;
}

export class MasterFile {
  readonly #options: MasterFileOptions;
  readonly #generations: Generations;
  readonly #path: string;
  readonly #epoch: number;
  #onDisk: FsStat | null;
  /** What master.json and the journal amount to; null before the first write of a first start. */
  #written: DurableState | null;
  /** Null: the next write is a whole one. */
  #journal: Journal | null = null;

  private constructor(options: MasterFileOptions, document: ReadMaster | null, onDisk: FsStat | null) {
    this.#options = options;
    this.#path = join(options.directory, MASTER_FILE);
    this.#generations = new Generations(options.fs, options.directory, options.generations, options.now);
    this.#epoch = (document?.epoch ?? 0) + 1;
    this.#onDisk = onDisk;
    this.#written = document?.state ?? null;
  }

  /**
   * Reads the file and at once writes it back under a new epoch, so that a process which still believes to own it notices.
   * @throws BerthError STATE_UNREADABLE; STATE_UNWRITABLE when there is no file yet and none can be made.
   */
  static async open(options: MasterFileOptions): Promise<OpenedMaster> {
    const document = await load(options);
    if (document && document.tornBytes > 0) {
      options.warn(`${document.tornBytes} bytes of a change that was never acknowledged were dropped from the journal`);
    }
    const onDisk = document ? await options.fs.stat(join(options.directory, MASTER_FILE)) : null;
    const file = new MasterFile(options, document, onDisk);
    const state: DurableState = document?.state ?? EMPTY_STATE;
    try {
      await removeTemporaries(options.fs, options.directory);
      if (document) await file.#generations.begin();
      await file.write(state);
      if (!document) await file.#generations.begin();
      return { file, state, failure: null };
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (document) return { file, state, failure };
      throw new BerthError('STATE_UNWRITABLE', `The first master.json cannot be made: ${failure.message}`, {}, failure);
    }
  }

  /** @throws DurableWriteError; `isPermanent` says whether a later try may work. */
  async write(state: DurableState): Promise<void> {
    await this.#keepGeneration();
    const journal = this.#journal;
    const most = Math.max(this.#options.journalBytes, this.#onDisk?.size ?? 0);
    // Whatever fails below, what the journal holds is in doubt: the next write says everything.
    this.#journal = null;
    if (journal && this.#written && journal.size < most && (await journal.isIntact())) {
      await this.#append(journal, this.#written, state);
      this.#journal = journal;
    } else {
      await journal?.close();
      // The very first write makes no journal: alone, it would look like what is left of an earlier life.
      this.#journal = await this.#replace(state, this.#onDisk && randomBytes(8).toString('hex'));
    }
    this.#written = state;
  }

  /** Takes the journal into master.json. Never rejects: when it cannot, the journal stays, and the next start reads it. */
  async close(): Promise<void> {
    const journal = this.#journal;
    this.#journal = null;
    if (journal === null || this.#written === null) return;
    await journal.close();
    try {
      await this.#replace(this.#written, null);
    } catch (error) {
      this.#options.warn(`The journal was not taken into ${MASTER_FILE}: ${String(error)}`);
    }
  }

  async #append(journal: Journal, before: DurableState, state: DurableState): Promise<void> {
    try {
      await this.#refuseForeignChange().catch((cause: unknown) => {
        throw new DurableWriteError('check', this.#path, cause);
      });
      await journal.append(deltaOf(before, state));
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  /** @returns the new, empty journal, when an id for one is given. */
  async #replace(state: DurableState, id: string | null): Promise<Journal | null> {
    const { fs, directory } = this.#options;
    let journal = null as Journal | null;
    const bytes = encode({ epoch: this.#epoch, journal: id, state });
    const beforeRename = async (): Promise<void> => {
      await this.#refuseForeignChange();
      // Before the name of master.json changes: a journal that it names is always there.
      if (id !== null) journal = await Journal.create(fs, directory, id);
    };
    try {
      this.#onDisk = await writeDurably(fs, directory, MASTER_FILE, bytes, beforeRename);
    } catch (error) {
      // Its file stays for the next whole write to remove: it is not known whether master.json names it already.
      await journal?.close();
      throw error;
    }
    await this.#removeJournals(id);
    return journal;
  }

  async #refuseForeignChange(): Promise<void> {
    const found = await this.#options.fs.stat(this.#path);
    if (!isSameFile(found, this.#onDisk)) throw new ForeignChangeError(this.#path);
  }

  async #removeJournals(except: string | null): Promise<void> {
    const { fs, directory, warn } = this.#options;
    const names = await fs.list(directory).catch(() => []);
    for (const name of names.filter((each) => isJournal(each))) {
      if (except !== null && name === journalName(except)) continue;
      await fs.unlink(join(directory, name)).catch((error: unknown) => warn(`An old journal stays: ${String(error)}`));
    }
  }

  /** An older copy is a convenience: without it the change itself is no less durable. */
  async #keepGeneration(): Promise<void> {
    const state = this.#written;
    if (state === null) return;
    try {
      await this.#generations.keep(state.rev, () => encode({ epoch: this.#epoch, journal: null, state }));
    } catch (error) {
      this.#options.warn(`No older copy was kept in ${GENERATIONS}/: ${String(error)}`);
    }
  }
}
