/**
 * Finds the key that seals credentials: the file of `state.masterKeyFile`, or `secret.key` beside the state, made at the first start.
 * Invariant: no key is ever made while the state holds a sealed credential: a new key could not open it, and would hide the loss.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { KEY_FILE } from './data-directory.js';
import { writeDurably } from './durable-write.js';
import { errnoOf } from './fs-port.js';
import { nodeFs } from './node-fs.js';
import type { StateLog } from './state-parts.js';

export const KEY_BYTES = 32;

/** Null key: sealed. `reason` says why, for people. */
export type FoundKey =
  | { readonly key: Buffer; readonly reason: null }
  | { readonly key: null; readonly reason: string };

/** 32 bytes as they are, as 64 hex digits, or as base64; null when it is none of these. */
export function parseKey(bytes: Buffer): Buffer | null {
  if (bytes.byteLength === KEY_BYTES) return bytes;
  const text = bytes.toString('latin1').trim();
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, 'base64');
  return null;
}

/**
 * Bits that a key file must not have. Nobody but its owner may ever change a key. Others may read one that was mounted: Docker secrets are 0444
 * and Kubernetes secrets 0644 or 0440, owned by root, and the container around them is the border. The key that Berth made itself is 0600.
 */
const FORBIDDEN = { mounted: 0o022, own: 0o077 };

async function readKey(path: string, forbidden: number, log: StateLog): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY);
  try {
    const { mode, uid } = await file.stat();
    const isForeign = uid !== 0 && uid !== process.getuid?.();
    if (process.platform !== 'win32' && ((mode & forbidden) !== 0 || isForeign)) {
      const advice = `chown $(id -u) '${path}' && chmod 600 '${path}'`;
      throw new BerthError('STATE_PERMISSIONS', `Others own or can change the key ${path}. Run: ${advice}`, { path });
    }
    if ((mode & 0o044) !== 0) log.warn(`${path} can be read by other users of this machine; 0400 is safer`);
    return parseKey(await file.readFile());
  } finally {
    await file.close();
  }
}

export interface KeyPlace {
  readonly directory: string;
  readonly masterKeyFile?: string | undefined;
  /** Whether the state holds a credential that some key sealed. */
  readonly hasSealedCredentials: boolean;
}

async function makeKey(directory: string, log: StateLog): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  await writeDurably(nodeFs, directory, KEY_FILE, [Buffer.from(`${key.toString('hex')}\n`)]);
  const path = join(directory, KEY_FILE);
  log.warn(
    `A key for credentials was made: ${path}. Whoever copies the directory has both the boxes and their key;
    move it elsewhere and name it in BERTH_MASTER_KEY_FILE.`.replace(/\s+/g, ' '),
  );
  return key;
}

/** @throws BerthError STATE_PERMISSIONS when others could have changed the key, or read the one beside the state. */
export async function findKey(place: KeyPlace, log: StateLog): Promise<FoundKey> {
  const isMounted = place.masterKeyFile !== undefined;
  const path = place.masterKeyFile ?? join(place.directory, KEY_FILE);
  try {
    const key = await readKey(path, isMounted ? FORBIDDEN.mounted : FORBIDDEN.own, log);
    if (key) return { key, reason: null };
    return { key: null, reason: `${path} is not a key: 32 bytes, 64 hex digits or base64 of 32 bytes` };
  } catch (error) {
    if (error instanceof BerthError) throw error;
    const isMissing = errnoOf(error) === 'ENOENT';
    if (!isMissing) return { key: null, reason: `${path} cannot be read (${errnoOf(error)})` };
    if (isMounted) return { key: null, reason: `${path} is missing` };
    if (place.hasSealedCredentials)
      return { key: null, reason: `${path} is missing, and the state has credentials that it sealed` };
    return { key: await makeKey(place.directory, log), reason: null };
  }
}
