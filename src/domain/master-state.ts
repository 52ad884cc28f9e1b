import type { PodRecord } from './pod.js';
import type { ServerObservation, ServerRecord } from './server.js';

/** The durable part of one server: its record, and the pods (with their reservations) that were launched there, by pod id. */
export interface ServerEntry {
  readonly server: ServerRecord;
  readonly pods: Readonly<Record<string, PodRecord>>;
}

/** The first outcome of a request that carried an Idempotency-Key, kept in the same commit as its effect. */
export interface IdempotencyRecord {
  /** SHA-256 of method, path and body: the same key with another request is refused. */
  readonly fingerprint: string;
  /** What the update returned, as JSON. */
  readonly result: unknown;
  readonly at: string;
}

export interface SessionRecord {
  readonly actor: string;
  readonly expiresAt: string;
}

export interface AccessState {
  /** SHA-256 of the admin token, hex; null before the first start has made one. */
  readonly adminTokenHash: string | null;
  /** By the SHA-256 of the session's secret, hex. */
  readonly sessions?: Readonly<Record<string, SessionRecord>>;
}

/** What must survive everything. Keyed by ids; pods hang on their server, so that a change costs what one server costs. */
export interface DurableState {
  readonly rev: number;
  readonly servers: Readonly<Record<string, ServerEntry>>;
  /** By hour (`2026-11-23T09`), then by key, so that old ones are dropped an hour at a time. */
  readonly idempotency: Readonly<Record<string, Readonly<Record<string, IdempotencyRecord>>>>;
  readonly access: AccessState;
}

/** The whole document: one immutable snapshot. */
export interface MasterState extends DurableState {
  /** By server id. Rebuildable facts; on the disk only for a warm start. */
  readonly observed: Readonly<Record<string, ServerObservation>>;
}

export const EMPTY_STATE: MasterState = Object.freeze({
  rev: 0,
  servers: {},
  idempotency: {},
  access: { adminTokenHash: null },
  observed: {},
});
