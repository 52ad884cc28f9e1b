/**
 * master.json on the disk. Opened once by the owner of the lock.
 * Promises: `open` returns the state that was last acknowledged (or one that was in flight and not answered), or refuses; it never
 * takes an unreadable or missing file for an empty state. `write` resolves when the whole document and its name are on the disk.
 * Invariant: the file is replaced only while it still is the one that this process wrote or read.
 * Concurrency: `write` is called by one writer at a time.
 */
import { join } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { type DurableState, EMPTY_STATE } from '../domain/master-state.js';
import { MASTER_FILE, removeTemporaries, tracesOfEarlierLife } from './data-directory.js';
import { writeDurably } from './durable-write.js';
import { errnoOf, type FsPort, type FsStat } from './fs-port.js';
import { type GenerationRules, Generations, GENERATIONS, listGenerations } from './generations.js';
import { CodecError, decode, type MasterDocument, MasterEncoder } from './master-codec.js';
import type { WallClock } from './wall-clock.js';

export interface MasterFileOptions {
  readonly fs: FsPort;
  readonly directory: string;
  readonly generations: GenerationRules;
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

async function load(options: MasterFileOptions): Promise<MasterDocument | null> {
  const path = join(options.directory, MASTER_FILE);
  let bytes: Uint8Array;
  try {
    bytes = await options.fs.read(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw await unreadable(options, `${path} cannot be read: ${String(error)}`, error);
    const traces = await tracesOfEarlierLife(options.fs, options.directory);
    if (traces.length === 0) return null;
    throw await unreadable(options, `${path} is missing, although ${traces.join(', ')} of an earlier life is there`);
  }
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw await unreadable(options, `${path} cannot be used: ${error.message}`, error);
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
  readonly #encoder = new MasterEncoder();
  readonly #generations: Generations;
  readonly #path: string;
  readonly #epoch: number;
  #onDisk: FsStat | null;
  #onDiskRev: number;
  #size = 0;

  private constructor(options: MasterFileOptions, document: MasterDocument | null, onDisk: FsStat | null) {
    this.#options = options;
    this.#path = join(options.directory, MASTER_FILE);
    this.#generations = new Generations(options.fs, options.directory, options.generations, options.now);
    this.#epoch = (document?.epoch ?? 0) + 1;
    this.#onDisk = onDisk;
    this.#onDiskRev = document?.state.rev ?? 0;
  }

  /**
   * Reads the file and at once writes it back under a new epoch, so that a process which still believes to own it notices.
   * @throws BerthError STATE_UNREADABLE; STATE_UNWRITABLE when there is no file yet and none can be made.
   */
  static async open(options: MasterFileOptions): Promise<OpenedMaster> {
    const document = await load(options);
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

  /** Bytes of the newest file. */
  get size(): number {
    return this.#size;
  }

  /** @throws DurableWriteError; `isPermanent` says whether a later try may work. */
  async write(state: DurableState): Promise<void> {
    const { fs, directory } = this.#options;
    const chunks = this.#encoder.encode({ epoch: this.#epoch, state });
    const written = await writeDurably(fs, directory, MASTER_FILE, chunks, async () => {
      await this.#refuseForeignChange();
      await this.#keepGeneration();
    });
    this.#onDisk = written;
    this.#onDiskRev = state.rev;
    this.#size = written.size;
  }

  async #refuseForeignChange(): Promise<void> {
    const found = await this.#options.fs.stat(this.#path);
    if (!isSameFile(found, this.#onDisk)) throw new ForeignChangeError(this.#path);
  }

  /** An older copy is a convenience: without it the change itself is no less durable. */
  async #keepGeneration(): Promise<void> {
    if (this.#onDisk === null) return;
    try {
      await this.#generations.keep(this.#path, this.#onDiskRev);
    } catch (error) {
      this.#options.warn(`No older copy was kept in ${GENERATIONS}/: ${String(error)}`);
    }
  }
}
