/**
 * What changed since master.json was written: a line per commit, `<crc32> <bytes> <StateDelta as JSON>`, in a file that master.json names.
 * Promises: `append` resolves when the line is on the disk, under its name. A file is never appended to after an append that failed,
 * nor by a later process; so only its last line can be torn, and a torn line was never acknowledged.
 * Concurrency: one `append` at a time.
 */
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { CodecError } from './codec-error.js';
import { DurableWriteError, writeAll, type WriteStep } from './durable-write.js';
import type { FsFile, FsPort } from './fs-port.js';
import { checkDelta } from './master-shape.js';
import type { StateDelta } from './state-delta.js';
import { parseStrictJson } from './strict-json.js';

const NAME = /^master\.[0-9a-f]{16}\.journal$/;
// `s`: a text may hold U+2028, which is a line end to a dot.
const LINE = /^([0-9a-f]{8}) (\d{1,15}) (.*)$/s;

export const journalName = (id: string): string => `master.${id}.journal`;
export const isJournal = (name: string): boolean => NAME.test(name);

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export function encodeDelta(delta: StateDelta): Buffer {
  const text = JSON.stringify(delta);
  return Buffer.from(`${checksum(text)} ${Buffer.byteLength(text)} ${text}\n`);
}

export interface JournalContent {
  readonly deltas: readonly StateDelta[];
  /** Bytes of a last line that was being written when the end came. */
  readonly tornBytes: number;
}

/**
 * Null for what a line looks like while it is being written: too short, or with zeros where its bytes have not arrived.
 * Whatever else is wrong with a line is damage, and what is damaged may have been acknowledged.
 */
function decodeLine(line: string, isEnded: boolean): StateDelta | null {
  const [, sum, bytes, text = ''] = LINE.exec(line) ?? [];
  if (line.includes('\0') || (bytes === undefined && !isEnded)) return null;
  const missing = Number(bytes) - Buffer.byteLength(text);
  if (missing > 0 && !isEnded) return null;
  // Longer than it says: the end of the line is what is damaged, and the next one hangs on it.
  if (missing !== 0) throw new CodecError('its length is wrong');
  if (sum !== checksum(text)) throw new CodecError('its checksum is wrong');
  const delta = parseStrictJson(text);
  checkDelta(delta, 'record');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the line above has checked it
  return delta as StateDelta;
}

/** @throws CodecError when more than the last line is damaged, or a whole line is none that Berth writes. */
export function decodeJournal(bytes: Uint8Array): JournalContent {
  const source = Buffer.from(bytes).toString('utf8');
  const deltas: StateDelta[] = [];
  for (let start = 0, number = 1; start < source.length; number += 1) {
    const end = source.indexOf('\n', start);
    const next = end === -1 ? source.length : end + 1;
    let delta: StateDelta | null = null;
    try {
      delta = decodeLine(source.slice(start, end === -1 ? source.length : end), end !== -1);
    } catch (error) {
      throw new CodecError(
        `line ${number} of its journal is wrong: ${error instanceof Error ? error.message : ''}`,
        error,
      );
    }
    if (delta && end !== -1) deltas.push(delta);
    else if (next < source.length) throw new CodecError(`line ${number} of its journal is damaged`);
    else return { deltas, tornBytes: Buffer.byteLength(source.slice(start)) };
    start = next;
  }
  return { deltas, tornBytes: 0 };
}

export class Journal {
  readonly #fs: FsPort;
  readonly #path: string;
  readonly #file: FsFile;
  readonly #identity: string;
  #size = 0;

  private constructor(fs: FsPort, path: string, file: FsFile, identity: string) {
    this.#fs = fs;
    this.#path = path;
    this.#file = file;
    this.#identity = identity;
  }

  /** An empty one, whose name is on the disk. @throws DurableWriteError */
  static async create(fs: FsPort, directory: string, id: string): Promise<Journal> {
    const path = join(directory, journalName(id));
    let step: WriteStep = 'create';
    try {
      const file = await fs.create(path);
      const { identity } = await file.stat();
      step = 'dirsync';
      await fs.syncDirectory(directory);
      return new Journal(fs, path, file, identity);
    } catch (cause) {
      throw new DurableWriteError(step, path, cause);
    }
  }

  /** Bytes that were made durable. */
  get size(): number {
    return this.#size;
  }

  /** Whether the file still is what was appended. Somebody who empties it must not make a hole of what follows. */
  async isIntact(): Promise<boolean> {
    const found = await this.#fs.stat(this.#path);
    return found?.identity === this.#identity && found.size === this.#size;
  }

  /** @throws DurableWriteError */
  async append(delta: StateDelta): Promise<void> {
    let step: WriteStep = 'write';
    try {
      const bytes = await writeAll(this.#file, [encodeDelta(delta)]);
      step = 'datasync';
      await this.#file.datasync();
      step = 'size';
      const found = await this.#fs.stat(this.#path);
      if (found?.identity !== this.#identity) throw new Error('somebody else removed or replaced it');
      if (found.size !== this.#size + bytes) throw new Error(`${found.size} bytes are there of ${this.#size + bytes}`);
      this.#size = found.size;
    } catch (cause) {
      throw new DurableWriteError(step, this.#path, cause);
    }
  }

  /** Never rejects: what was appended is on the disk. */
  async close(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}
