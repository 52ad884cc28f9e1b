import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../domain/secret.js';

/** A new admin token: `berth_` and 43 characters of base64url, 256 random bits. */
export function makeToken(): Secret {
  return new Secret(`berth_${randomBytes(32).toString('base64url')}`);
}

/** SHA-256, hex. Enough for a token of 256 random bits; it would not be for a password. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Compares in constant time. Nothing matches a null hash. */
export function matchesHash(token: string, hash: string | null): boolean {
  if (hash === null) return false;
  const given = Buffer.from(hashToken(token), 'hex');
  const kept = Buffer.from(hash, 'hex');
  return given.length === kept.length && timingSafeEqual(given, kept);
}
