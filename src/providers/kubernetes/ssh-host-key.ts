/** SSH host keys as OpenSSH shows them, and the one comparison that stands between a credential and a stranger. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HostKey } from '../../domain/server.js';

const TYPE_LENGTH_BYTES = 4;
const MAX_TYPE_LENGTH = 64;

/** @param blob the public key as it goes over the wire: its type as a length-prefixed string, then its numbers */
export function hostKeyOf(blob: Buffer): HostKey {
  const length = blob.length >= TYPE_LENGTH_BYTES ? blob.readUInt32BE(0) : 0;
  const type = length > 0 && length <= MAX_TYPE_LENGTH ? blob.subarray(4, 4 + length).toString('latin1') : '';
  const digest = createHash('sha256').update(blob).digest('base64').replace(/=+$/, '');
  return { type: /^[a-z0-9@.-]+$/.test(type) ? type : 'unknown', fingerprint: `SHA256:${digest}` };
}

/** Compares the whole digest in constant time. A fingerprint that is none matches nothing. */
export function isSameKey(presented: HostKey, expected: HostKey): boolean {
  const digests = [presented, expected].map((key) =>
    /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(key.fingerprint) ? Buffer.from(key.fingerprint.slice(7), 'base64') : null,
  );
  const [one, other] = digests;
  return Boolean(one && other) && timingSafeEqual(one as Buffer, other as Buffer);
}
