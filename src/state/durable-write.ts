/**
 * Replaces a file so that a reader, at any moment and after any crash, finds the old bytes or the new ones, all of them.
 * Promises: when it resolves, the new bytes and the name are on the disk. When it rejects before the rename, the old file is untouched.
 * Never retries a failed sync: the kernel may have dropped the dirty pages and would report success the second time. A new attempt
 * writes a new temporary file in full.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { errnoOf, type FsFile, type FsPort, type FsStat } from './fs-port.js';

export type WriteStep = 'create' | 'write' | 'datasync' | 'size' | 'close' | 'check' | 'rename' | 'dirsync';

/** Failures that go away by themselves once there is room, or the volume is writable again. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']);

export class DurableWriteError extends Error {
  readonly step: WriteStep;
  /** True: nothing but a restart helps, for it is not known what the disk holds. */
  readonly isPermanent: boolean;

  constructor(step: WriteStep, path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`writing ${path} failed at ${step}: ${reason}`, { cause });
    this.name = 'DurableWriteError';
    this.step = step;
    this.isPermanent = step === 'dirsync' || !PASSING.has(errnoOf(cause));
  }
}

const TEMPORARY = /\.[0-9a-f]{16}\.tmp$/;

/** Whether the name is that of a file which a crash left half-written. */
export const isTemporary = (name: string): boolean => TEMPORARY.test(name);

/** @returns how many bytes were written. @throws whatever the disk says. */
export async function writeAll(file: FsFile, chunks: Iterable<Uint8Array>): Promise<number> {
  let total = 0;
  for (const chunk of chunks) {
    for (let done = 0; done < chunk.byteLength;) {
      const written = await file.write(chunk.subarray(done));
      if (written <= 0) throw new Error('the disk took no bytes');
      done += written;
    }
    total += chunk.byteLength;
  }
  return total;
}

/**
 * @param beforeRename last look at the file about to be replaced; what it throws stops the write.
 * @returns the stat of the new file.
 * @throws DurableWriteError
 */
export async function writeDurably(
  fs: FsPort,
  directory: string,
  name: string,
  chunks: Iterable<Uint8Array>,
  beforeRename: () => Promise<void> = async () => {},
): Promise<FsStat> {
  const path = join(directory, name);
  const temporary = `${path}.${randomBytes(8).toString('hex')}.tmp`;
  let step: WriteStep = 'create';
  let file: FsFile | null = null;
  try {
    file = await fs.create(temporary);
    step = 'write';
    const total = await writeAll(file, chunks);
    step = 'datasync';
    await file.datasync();
    step = 'size';
    const stat = await file.stat();
    if (stat.size !== total) throw new Error(`${stat.size} bytes arrived of ${total}`);
    step = 'close';
    const closing = file;
    file = null;
    await closing.close();
    step = 'check';
    await beforeRename();
    step = 'rename';
    await fs.rename(temporary, path);
    step = 'dirsync';
    await fs.syncDirectory(directory);
    return stat;
  } catch (cause) {
    await file?.close().catch(() => {});
    // Gives the room back at once; what is left after a crash is removed at the next start.
    if (step !== 'create' && step !== 'dirsync') await fs.unlink(temporary).catch(() => {});
    throw new DurableWriteError(step, path, cause);
  }
}
