/** From the files to the state that was last acknowledged: master.json, then what its journal says happened since. Writes nothing. */
import { dirname, join } from 'node:path';
import { freeze } from 'immer';
import type { DurableState } from '../domain/master-state.js';
import { CodecError } from './codec-error.js';
import { errnoOf, type FsPort } from './fs-port.js';
import { decodeJournal, journalName } from './journal.js';
import { decode, type MasterDocument } from './master-codec.js';
import { checkDurable } from './master-shape.js';
import { ShapeError } from './shape.js';
import { applyDelta } from './state-delta.js';

export interface ReadMaster {
  readonly epoch: number;
  readonly state: DurableState;
  /** Bytes at the end of the journal that were never acknowledged. */
  readonly tornBytes: number;
}

async function readJournal(fs: FsPort, directory: string, id: string): Promise<Uint8Array> {
  try {
    return await fs.read(join(directory, journalName(id)));
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    throw new CodecError(`its journal ${journalName(id)} is missing`, error);
  }
}

/** @param directory where the journal lies. @throws CodecError, or whatever the disk says. */
export async function withJournal(fs: FsPort, directory: string, document: MasterDocument): Promise<ReadMaster> {
  const { epoch, journal, state: written } = document;
  if (journal === null) return { epoch, state: written, tornBytes: 0 };
  const { deltas, tornBytes } = decodeJournal(await readJournal(fs, directory, journal));
  try {
    const state = deltas.reduce(applyDelta, written);
    checkDurable(state, 'state');
    return { epoch, state: freeze(state, true), tornBytes };
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof ShapeError)) throw error;
    throw new CodecError(`its journal ${journalName(journal)} does not fit: ${error.message}`, error);
  }
}

/** @throws CodecError, or whatever the disk says. */
export async function readMaster(fs: FsPort, path: string): Promise<ReadMaster> {
  return withJournal(fs, dirname(path), decode(await fs.read(path)));
}
