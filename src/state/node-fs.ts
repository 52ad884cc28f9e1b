import type { BigIntStats } from 'node:fs';
import { chmod, link, lstat, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { errnoOf, type FsFile, type FsPort, type FsStat } from './fs-port.js';

const toStat = (stat: BigIntStats): FsStat => ({
  identity: `${stat.dev}:${stat.ino}`,
  size: Number(stat.size),
  mtimeNs: stat.mtimeNs,
  mode: Number(stat.mode) & 0o777,
  isDirectory: stat.isDirectory(),
  isFile: stat.isFile(),
});

async function create(path: string): Promise<FsFile> {
  const handle = await open(path, 'wx', 0o600);
  return {
    write: async (bytes) => (await handle.write(bytes, 0, bytes.byteLength)).bytesWritten,
    stat: async () => toStat(await handle.stat({ bigint: true })),
    datasync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function stat(path: string): Promise<FsStat | null> {
  try {
    return toStat(await lstat(path, { bigint: true }));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

async function syncDirectory(path: string): Promise<void> {
  // Windows cannot open a directory; NTFS journals its names by itself.
  if (process.platform === 'win32') return;
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function makeDirectory(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const top = dirname(resolve(first));
  for (let each = dirname(resolve(path)); ; each = dirname(each)) {
    await syncDirectory(each);
    if (each === top || each === dirname(each)) return;
  }
}

/** The real disk. */
export const nodeFs: FsPort = {
  create,
  read: (path) => readFile(path),
  stat,
  list: (directory) => readdir(directory),
  rename,
  link,
  unlink,
  makeDirectory,
  chmod,
  syncDirectory,
};
