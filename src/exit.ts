import { BerthError, ERROR_CATALOGUE } from './domain/errors.js';

/** sysexits.h: EX_TEMPFAIL, try again when the other process is gone; EX_CONFIG, a person must change something. */
const EX_TEMPFAIL = 75;
const EX_CONFIG = 78;

/** What went wrong and what to do, in words; the stack only for what nobody foresaw. */
export function explain(error: unknown): string {
  if (error instanceof BerthError) {
    return `${error.code}: ${error.message}\n${ERROR_CATALOGUE[error.code].hint}`;
  }
  return error instanceof Error ? (error.stack ?? error.message) : 'Berth failed for an unknown reason.';
}

export function exitStatus(error: unknown): number {
  if (!(error instanceof BerthError)) return 1;
  return error.code === 'STATE_LOCKED' ? EX_TEMPFAIL : EX_CONFIG;
}
