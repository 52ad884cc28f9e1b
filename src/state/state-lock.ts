/**
 * One process owns a data directory. The kernel holds the lock and frees it with the process, also after kill -9, so no stale lock
 * ever needs deleting. `master.owner` beside it only says who, for the message.
 * Node has no flock; an SQLite file in exclusive mode takes the same kind of kernel lock without a native package.
 * Concurrency: nothing else in this process may open `master.lock`: closing any descriptor of it would drop the lock (POSIX).
 */
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { BerthError } from '../domain/errors.js';
import { errnoOf } from './fs-port.js';

export const LOCK_FILE = 'master.lock';
export const OWNER_FILE = 'master.owner';
/** Exit status of a process that found the state locked (EX_TEMPFAIL). */
export const LOCKED_EXIT_CODE = 75;
const SQLITE_BUSY = 5;

/** NFS, SMB, CIFS: their locks are advisory at best. */
const REMOTE_FILE_SYSTEMS = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42]);

/** True for a volume on which neither the lock nor the syncs can be relied on. */
export function isRemoteVolume(directory: string): boolean {
  return REMOTE_FILE_SYSTEMS.has(statfsSync(directory).type);
}

function readOwner(directory: string): string {
  try {
    return readFileSync(join(directory, OWNER_FILE), 'utf8').trim();
  } catch {
    return 'an unknown process';
  }
}

function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY;
}

export class StateLock {
  readonly #database: DatabaseSync;
  readonly #directory: string;

  private constructor(database: DatabaseSync, directory: string) {
    this.#database = database;
    this.#directory = directory;
  }

  /** @throws BerthError STATE_LOCKED that names the owner. */
  static acquire(directory: string): StateLock {
    const path = join(directory, LOCK_FILE);
    createPrivately(path);
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec('PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw error;
      const owner = readOwner(directory);
      throw new BerthError('STATE_LOCKED', `${directory} is in use by ${owner}`, { directory, owner }, error);
    }
    const owner = `pid ${process.pid} on ${hostname()} since ${new Date().toISOString()}\n`;
    try {
      writeFileSync(join(directory, OWNER_FILE), owner, { mode: 0o600 });
    } catch {
      // A full disk must not keep Berth from starting read-only: the note is for people, the lock is held without it.
    }
    return new StateLock(database, directory);
  }

  release(): void {
    if (!this.#database.isOpen) return;
    rmSync(join(this.#directory, OWNER_FILE), { force: true });
    this.#database.close();
  }
}
