/** The first outcome of each request that carried a key, kept for 24 hours in buckets of one hour. Pure. */
import { BerthError } from '../domain/errors.js';
import type { DurableState, IdempotencyRecord } from '../domain/master-state.js';
import { checkStrictJson } from './strict-json.js';

type Outcomes = DurableState['idempotency'];
export type Once = { readonly key: string; readonly fingerprint: string };

const KEPT_HOURS = 24;
const HOUR_MS = 3_600_000;
const hourOf = (at: Date): string => at.toISOString().slice(0, 13);

/** @throws BerthError IDEMPOTENCY_KEY_REUSED when the key came with another request. */
export function findOutcome(outcomes: Outcomes, once: Once): IdempotencyRecord | null {
  for (const bucket of Object.values(outcomes)) {
    // A key may be `constructor`: only what the bucket itself holds counts.
    const found = Object.hasOwn(bucket, once.key) ? bucket[once.key] : undefined;
    if (!found) continue;
    if (found.fingerprint === once.fingerprint) return found;
    throw new BerthError('IDEMPOTENCY_KEY_REUSED', 'This key was sent before, with another request');
  }
  return null;
}

/** What a replay will return: the result as JSON. Nothing (`undefined`) is kept as null. */
export function asJson(result: unknown): unknown {
  const text = JSON.stringify(result ?? null);
  checkStrictJson(text);
  return JSON.parse(text);
}

/** Adds the outcome and drops buckets that are older than 24 hours. */
export function withOutcome(outcomes: Outcomes, once: Once, result: unknown, now: Date): Outcomes {
  if (once.key === '__proto__') throw new BerthError('INVALID_REQUEST', 'This Idempotency-Key is not allowed');
  const hour = hourOf(now);
  const oldest = hourOf(new Date(now.getTime() - KEPT_HOURS * HOUR_MS));
  const kept = Object.fromEntries(Object.entries(outcomes).filter(([each]) => each >= oldest));
  const record = { fingerprint: once.fingerprint, result, at: now.toISOString() };
  return { ...kept, [hour]: { ...kept[hour], [once.key]: record } };
}
