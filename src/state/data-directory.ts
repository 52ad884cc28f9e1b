/** What must be right about the data directory before anything in it is read: private, ours, and not half-forgotten. */
import { join } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { isTemporary } from './durable-write.js';
import { errnoOf, type FsPort } from './fs-port.js';
import { GENERATIONS } from './generations.js';
import { LOCK_FILE, OWNER_FILE } from './state-lock.js';

export const MASTER_FILE = 'master.json';
export const FACTS_FILE = 'master.observed.jsonl';
export const KEY_FILE = 'secret.key';
const OURS = /^(master\.|secret\.|generations$)/;
/** Made before the first master.json is durable: they prove no earlier life. */
const HARMLESS = new Set([LOCK_FILE, OWNER_FILE]);
const FOR_OTHERS = 0o077;

const isOurs = (name: string): boolean => OURS.test(name);

/** Names in the directory that show that a state was here before. */
export async function tracesOfEarlierLife(fs: FsPort, directory: string): Promise<string[]> {
  const names = await fs.list(directory);
  return names.filter((name) => isOurs(name) && !HARMLESS.has(name) && !isTemporary(name) && name !== MASTER_FILE);
}

async function findOpenToOthers(fs: FsPort, directory: string): Promise<{ folders: string[]; files: string[] }> {
  const open = { folders: [] as string[], files: [] as string[] };
  const look = async (path: string): Promise<void> => {
    const stat = await fs.stat(path);
    if (stat && (stat.mode & FOR_OTHERS) !== 0) (stat.isDirectory ? open.folders : open.files).push(path);
  };
  await look(directory);
  // Facts that others could reach are ignored and replaced (see facts-file): no reason to refuse a start.
  for (const name of await fs.list(directory)) {
    if (isOurs(name) && !name.startsWith(FACTS_FILE)) await look(join(directory, name));
  }
  const generations = join(directory, GENERATIONS);
  if (await fs.stat(generations)) for (const name of await fs.list(generations)) await look(join(generations, name));
  return open;
}

const quoted = (paths: readonly string[]): string => paths.map((path) => `'${path}'`).join(' ');

async function refuseOpenToOthers(fs: FsPort, directory: string): Promise<void> {
  const { folders, files } = await findOpenToOthers(fs, directory);
  const commands = [
    ...(folders.length > 0 ? [`chmod 700 ${quoted(folders)}`] : []),
    ...(files.length > 0 ? [`chmod 600 ${quoted(files)}`] : []),
  ];
  if (commands.length === 0) return;
  throw new BerthError('STATE_PERMISSIONS', `Other users can reach the state. Run: ${commands.join(' && ')}`, {
    command: commands.join(' && '),
  });
}

/**
 * Makes the directory, or checks the modes of an existing one. A fresh empty volume (often 0755) holds no secret yet, so it is
 * tightened instead of refused; one that holds anything else (`/tmp`, named by mistake) is never touched.
 * @throws BerthError STATE_PERMISSIONS with the chmod command
 */
export async function prepareDirectory(fs: FsPort, directory: string, hasModes: boolean): Promise<void> {
  try {
    await fs.makeDirectory(directory);
    if (!hasModes) return;
    const isFresh = (await fs.list(directory)).every((name) => name === 'lost+found');
    if (isFresh) await fs.chmod(directory, 0o700);
  } catch (error) {
    const code = errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM' ? 'STATE_PERMISSIONS' : 'STATE_UNREADABLE';
    throw new BerthError(code, `${directory} cannot be used: ${String(error)}`, { directory }, error);
  }
  await refuseOpenToOthers(fs, directory);
}

/** Removes what a crash left half-written. Only the owner of the lock may do this. */
export async function removeTemporaries(fs: FsPort, directory: string): Promise<void> {
  const folders = [directory, join(directory, GENERATIONS)];
  for (const folder of folders) {
    if (!(await fs.stat(folder))) continue;
    for (const name of await fs.list(folder)) {
      if (!isTemporary(name) || (folder === directory && !isOurs(name))) continue;
      if (!(await fs.stat(join(folder, name)))?.isDirectory) await fs.unlink(join(folder, name));
    }
  }
}
