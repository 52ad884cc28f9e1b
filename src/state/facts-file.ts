/**
 * What was last seen on the clusters, for a warm start: a line of JSON per server, and a SHA-256 over all lines before the last.
 * It stands beside master.json and not in it, so that the cost of a change does not grow with what is merely seen.
 * Promises: `read` never fails and never guesses: a file that is missing, torn, damaged, of a wrong shape, too large, no regular file or
 * within reach of others, and a server that is not registered, count as never seen. A write that fails leaves no bytes behind; on a full
 * disk it gives back the room of the file too, for acknowledged changes need it. Not synced: after a power cut the clusters are asked again.
 * Concurrency: one `write` at a time; it lets others run between servers.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { freeze } from 'immer';
import type { MasterState } from '../domain/master-state.js';
import type { ServerObservation } from '../domain/server.js';
import { FACTS_FILE } from './data-directory.js';
import { writeAll } from './durable-write.js';
import { errnoOf, type FsPort } from './fs-port.js';
import { checkObservation } from './master-shape.js';
import { parseStrictJson } from './strict-json.js';

/** The form of a name that a crash leaves behind (see durable-write), so that the next start removes it. */
const TEMPORARY = `${FACTS_FILE}.0000000000000000.tmp`;

/** More than a fleet of 1,000 servers and 100,000 pods needs; the longest text that can be made of a file is 512 MiB. */
const MAX_BYTES = 256 * 1_024 * 1_024;
const FOR_OTHERS = 0o077;
const FULL = new Set(['ENOSPC', 'EDQUOT']);

type Observed = MasterState['observed'];

/** @throws whatever the disk says. */
export async function writeFacts(fs: FsPort, directory: string, observed: Observed): Promise<void> {
  const temporary = join(directory, TEMPORARY);
  await fs.unlink(temporary).catch(() => {});
  try {
    const file = await fs.create(temporary);
    try {
      await writeAll(file, linesOf(observed));
    } finally {
      await file.close();
    }
    await fs.rename(temporary, join(directory, FACTS_FILE));
  } catch (error) {
    await fs.unlink(temporary).catch(() => {});
    if (FULL.has(errnoOf(error) ?? '')) await fs.unlink(join(directory, FACTS_FILE)).catch(() => {});
    throw error;
  }
}

/** Each line is made when the one before is written. */
function* linesOf(observed: Observed): Generator<Buffer> {
  const hash = createHash('sha256');
  for (const entry of Object.entries(observed)) {
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    hash.update(line);
    yield line;
  }
  yield Buffer.from(`"${hash.digest('hex')}"\n`);
}

export async function readFacts(fs: FsPort, directory: string, servers: MasterState['servers']): Promise<Observed> {
  const path = join(directory, FACTS_FILE);
  const stat = await fs.stat(path).catch(() => null);
  const isOurs = stat?.isFile === true && (process.platform === 'win32' || (stat.mode & FOR_OTHERS) === 0);
  if (!isOurs || stat.size > MAX_BYTES) return {};
  const bytes = await fs.read(path).catch(() => null);
  if (!bytes) return {};
  const text = Buffer.from(bytes).toString('utf8');
  const lines = text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1);
  if (text !== `${lines}"${createHash('sha256').update(lines).digest('hex')}"\n`) return {};
  const seen = lines.split('\n').flatMap((line) => observationIn(line));
  return freeze(Object.fromEntries(seen.filter(([id]) => Object.hasOwn(servers, id))), true);
}

function observationIn(line: string): [string, ServerObservation][] {
  try {
    const parsed = parseStrictJson(line);
    if (!Array.isArray(parsed)) return [];
    const [id, observation]: unknown[] = parsed;
    checkObservation(observation, 'observation');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the line above has checked it
    return typeof id === 'string' ? [[id, observation as ServerObservation]] : [];
  } catch {
    return [];
  }
}
