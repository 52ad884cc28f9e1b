/**
 * What a failed call means in Berth's words, and whether it may have had an effect.
 * Invariant: for a change, `refused` only on an answer by which an API server says that it did nothing, or when nothing was sent.
 */
import { ClusterError, type ErrorCode, type Outcome } from '../../domain/errors.js';
import { Ended, type Ending } from './deadline.js';
import { findClusterError } from './dial-errors.js';
import { ExchangeError } from './exchange.js';
import { field, fieldsAt, isFields, MESSAGE_LENGTH, text } from './untrusted.js';

/** An answer that is not 2xx, with as much of Kubernetes' `Status` as it has. */
export class StatusError extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
  ) {
    super(`HTTP ${status}`);
  }

  /** What the cluster said, capped. */
  get words(): string {
    return isFields(this.body) ? text(this.body, 'message', MESSAGE_LENGTH) : '';
  }

  get reason(): string {
    return isFields(this.body) ? text(this.body, 'reason', 64) : '';
  }

  /** A 404 of the API server itself about this very object; not of a proxy, and not of an unknown path. */
  isNotFound(name: string): boolean {
    return (
      this.status === 404 &&
      isFields(this.body) &&
      field(this.body, 'kind') === 'Status' &&
      this.reason === 'NotFound' &&
      text(fieldsAt(this.body, 'details'), 'name') === name
    );
  }
}

/** Statuses that an API server gives before it has done anything. 429 and 5xx are not among them: proxies answer so after the fact. */
const REFUSING = new Set([400, 401, 403, 404, 405, 406, 413, 415, 422]);

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'KUBERNETES_UNAUTHORIZED',
  403: 'KUBERNETES_FORBIDDEN',
  409: 'KUBERNETES_CONFLICT',
};

function statusCode(status: number): ErrorCode {
  if (status >= 500 || status === 429 || status === 408) return 'KUBERNETES_UNAVAILABLE';
  if (status < 400) return 'KUBERNETES_BAD_RESPONSE';
  return CODES[status] ?? 'KUBERNETES_REFUSED';
}

const ENDING_CODES: Readonly<Record<Ending, readonly [ErrorCode, string]>> = {
  timeout: ['CONNECTION_TIMEOUT', 'the Kubernetes API did not answer in time'],
  caller: ['CLOSED', 'the call was cancelled'],
  link: ['CONNECTION_LOST', 'the connection to the machine broke during the call'],
  closed: ['CLOSED', 'Berth closed the connection'],
};

const REFUSED_CODES = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH']);
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);
const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** The code that Node or undici gave, of the error or what caused it. */
function systemCode(error: unknown): string {
  for (let at = error, hops = 0; at instanceof Error && hops < 4; at = at.cause, hops++) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return '';
}

function networkCode(error: unknown): readonly [ErrorCode, string] {
  const code = systemCode(error);
  if (code === 'CERT_HAS_EXPIRED') return ['CERTIFICATE_EXPIRED', 'the certificate of the Kubernetes API has expired'];
  if (CERTIFICATE_CODES.test(code))
    return ['CERTIFICATE_NOT_TRUSTED', `the certificate of the Kubernetes API is not trusted (${code})`];
  if (REFUSED_CODES.has(code)) return ['CONNECTION_REFUSED', `the Kubernetes API cannot be connected to (${code})`];
  if (TIMEOUT_CODES.has(code)) return ['CONNECTION_TIMEOUT', 'the Kubernetes API did not answer in time'];
  if (code.startsWith('HPE_')) return ['KUBERNETES_BAD_RESPONSE', 'the Kubernetes API does not answer in HTTP'];
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return ['KUBERNETES_BAD_RESPONSE', 'the answer is too large'];
  return ['CONNECTION_LOST', `the connection to the Kubernetes API broke${code === '' ? '' : ` (${code})`}`];
}

/**
 * Any failure of a call as a ClusterError. `isChange`: whether the call may have an effect, so that its outcome can be unclear.
 */
export function clusterError(error: unknown, isChange: boolean): ClusterError {
  if (error instanceof ClusterError) return error;
  if (error instanceof StatusError) {
    const outcome: Outcome = isChange && !REFUSING.has(error.status) ? 'unclear' : 'refused';
    const said =
      error.words === '' ? `the Kubernetes API answered ${error.status}` : `the Kubernetes API said: ${error.words}`;
    return new ClusterError(statusCode(error.status), said, outcome, { status: error.status }, error);
  }
  const wasSent = error instanceof ExchangeError ? error.wasSent : false;
  const outcome: Outcome = isChange && wasSent ? 'unclear' : 'refused';
  const cause = error instanceof ExchangeError ? error.cause : error;
  const own = findClusterError(cause);
  if (own !== null) return new ClusterError(own.code, own.message, outcome, own.details, own);
  const [code, message] = cause instanceof Ended ? ENDING_CODES[cause.ending] : networkCode(cause);
  return new ClusterError(code, message, outcome, {}, cause);
}
