/** What became of one durable state on its way to the next, by record: what a journal keeps. Pure. */
import type { AccessState, DurableState, IdempotencyRecord, ServerEntry } from '../domain/master-state.js';
import type { PodRecord } from '../domain/pod.js';
import type { ServerRecord } from '../domain/server.js';

type Items<T> = Readonly<Record<string, T>>;
/** Null: no longer there. */
export type Changes<T> = Items<T | null>;

/** What is absent has not changed. */
export interface ServerDelta {
  readonly server?: ServerRecord;
  readonly pods?: Changes<PodRecord>;
}

/** From revision `from` to `rev`. What is absent has not changed. */
export interface StateDelta {
  readonly from: number;
  readonly rev: number;
  readonly access?: AccessState;
  readonly servers?: Changes<ServerDelta>;
  readonly idempotency?: Changes<Changes<IdempotencyRecord>>;
}

const NONE: Items<never> = Object.freeze({});

function own<T>(items: Items<T>, id: string): T | undefined {
  return Object.hasOwn(items, id) ? items[id] : undefined;
}

/** By identity: what is the same object has not changed. */
function changesOf<T, D>(
  before: Items<T>,
  after: Items<T>,
  deltaOf: (before: T | undefined, after: T) => D,
): Changes<D> {
  const changed = Object.entries(after).filter(([id, item]) => own(before, id) !== item);
  const gone = Object.keys(before).filter((id) => !Object.hasOwn(after, id));
  return Object.fromEntries([
    ...changed.map(([id, item]) => [id, deltaOf(own(before, id), item)] as const),
    ...gone.map((id) => [id, null] as const),
  ]);
}

const whole = <T>(_before: T | undefined, after: T): T => after;

function serverDelta(before: ServerEntry | undefined, after: ServerEntry): ServerDelta {
  return {
    ...(before?.server !== after.server && { server: after.server }),
    ...(before?.pods !== after.pods && { pods: changesOf(before?.pods ?? NONE, after.pods, whole) }),
  };
}

/** Costs what changed, and a comparison per server. */
export function deltaOf(before: DurableState, after: DurableState): StateDelta {
  return {
    from: before.rev,
    rev: after.rev,
    ...(before.access !== after.access && { access: after.access }),
    ...(before.servers !== after.servers && { servers: changesOf(before.servers, after.servers, serverDelta) }),
    ...(before.idempotency !== after.idempotency && {
      idempotency: changesOf(before.idempotency, after.idempotency, (old, now) => changesOf(old ?? NONE, now, whole)),
    }),
  };
}

function withChanges<T, D>(
  items: Items<T>,
  changes: Changes<D> | undefined,
  itemOf: (before: T | undefined, delta: D) => T,
): Items<T> {
  if (!changes) return items;
  const next: Record<string, T> = Object.assign({}, items);
  for (const [id, change] of Object.entries(changes)) {
    if (change === null) delete next[id];
    else next[id] = itemOf(own(items, id), change);
  }
  return next;
}

function entryOf(before: ServerEntry | undefined, { server, pods }: ServerDelta): ServerEntry {
  const record = server ?? before?.server;
  if (!record) throw new RangeError('it changes a server that is not there');
  return { server: record, pods: withChanges<PodRecord, PodRecord>(before?.pods ?? NONE, pods, whole) };
}

/** @throws RangeError when the delta does not belong to this state. */
export function applyDelta(state: DurableState, delta: StateDelta): DurableState {
  const { from, rev, access, servers, idempotency } = delta;
  if (from !== state.rev || rev <= from) throw new RangeError(`it leads from ${from} to ${rev}, after ${state.rev}`);
  return {
    rev,
    access: access ?? state.access,
    servers: withChanges(state.servers, servers, entryOf),
    idempotency: withChanges(state.idempotency, idempotency, (bucket, changes) =>
      withChanges<IdempotencyRecord, IdempotencyRecord>(bucket ?? NONE, changes, whole),
    ),
  };
}
