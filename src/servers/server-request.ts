import type { Draft } from 'immer';
import { BerthError } from '../domain/errors.js';
import type { DurableState, ServerEntry } from '../domain/master-state.js';
import type { Change } from '../state/state.repository.js';

/** Who asks, and the Idempotency-Key if there is one. */
export interface Request {
  readonly actor: string;
  readonly once: Change['once'];
}

export function change({ actor, once }: Request, reason: string): Change {
  return once ? { actor, reason, once } : { actor, reason };
}

/** @throws BerthError SERVER_NOT_FOUND */
export function findEntry(state: Draft<DurableState>, serverId: string): Draft<ServerEntry>;
export function findEntry(state: DurableState, serverId: string): ServerEntry;
export function findEntry(state: DurableState, serverId: string): ServerEntry {
  const entry = Object.hasOwn(state.servers, serverId) ? state.servers[serverId] : undefined;
  if (!entry) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${serverId}.`);
  return entry;
}
