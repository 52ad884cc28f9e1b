import { type DurableState, EMPTY_STATE, type MasterState } from '../domain/master-state.js';
import { DurableWriteError } from './durable-write.js';
import type { WallClock } from './wall-clock.js';

export interface StateLog {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

export const SILENT: StateLog = { log: () => {}, warn: () => {}, error: () => {} };

/** What a repository stands on. */
export interface StateParts {
  readonly state: MasterState;
  /** Resolves when the document is durable. Called by one writer at a time. */
  readonly write: (state: DurableState) => Promise<void>;
  /** Keeps what was seen, for the next start. */
  readonly writeFacts: (observed: MasterState['observed']) => Promise<void>;
  /** Leaves the files in order, and frees the directory. */
  readonly release: () => Promise<void>;
  /** Why the disk takes no writes at the start; null when it does. */
  readonly failure: Error | null;
  readonly now: WallClock;
  /** Updates that may wait for the disk. */
  readonly queueLimit: number;
  /** Facts are written about this often; null: only at the end. */
  readonly observedSaveMs: number | null;
  /** A disk that failed in a passing way is tried this often; null: never by itself. */
  readonly recoveryMs: number | null;
  readonly log: StateLog;
}

export const IN_MEMORY: StateParts = {
  state: EMPTY_STATE,
  write: async () => {},
  writeFacts: async () => {},
  release: async () => {},
  failure: null,
  now: () => new Date(),
  queueLimit: Infinity,
  observedSaveMs: null,
  recoveryMs: null,
  log: SILENT,
};

/** What is not known to pass is taken to stay until a restart. */
export const isPermanentFailure = (error: Error): boolean => !(error instanceof DurableWriteError) || error.isPermanent;
