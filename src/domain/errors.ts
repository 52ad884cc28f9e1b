import type { ErrorCode } from './error-catalogue.js';

export { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './error-catalogue.js';

/** JSON values that help the caller: amounts, names, fingerprints. Never a secret, never a raw error of a library. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** The only error type that crosses rooms. `message`: what happened and why; the catalogue's hint says what to do. */
export class BerthError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'BerthError';
  }
}

/**
 * What a failed call to a cluster says about its effect: `refused`, it certainly has none (the cluster said no, or nothing was sent);
 * `unclear`, it may have happened or may yet happen.
 */
export type Outcome = 'refused' | 'unclear';

export class ClusterError extends BerthError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly outcome: Outcome,
    details: ErrorDetails = {},
    cause?: unknown,
  ) {
    super(code, message, details, cause);
    this.name = 'ClusterError';
  }
}
