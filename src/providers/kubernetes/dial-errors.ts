/**
 * What goes wrong before a request is sent, in our words. All of it is `refused`: the cluster has seen nothing.
 * Never passes on a library's text, which may hold anything; the original stays as `cause`.
 */
import { ClusterError, type ErrorCode } from '../../domain/errors.js';

const NO_ROUTE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL']);
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT']);
const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE']);

/** OpenSSL's verification results, as Node names them. */
const DISTRUST: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is not for this address',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet; compare the clocks of both machines',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate comes from another authority than the kubeconfig names',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate signs itself',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate comes from another authority than the kubeconfig names',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate comes from another authority than the kubeconfig names',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from another authority than the kubeconfig names',
  // Every cluster of a distribution names its authority alike, so this is what another cluster looks like.
  CERT_SIGNATURE_FAILURE: 'its certificate comes from another authority than the kubeconfig names',
  CERT_REVOKED: 'its certificate was revoked',
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate is rejected',
  CERT_CHAIN_TOO_LONG: 'its certificate chain is too long',
  INVALID_CA: 'the authority of the kubeconfig may not issue certificates',
  INVALID_PURPOSE: 'its certificate is not for servers',
  HOSTNAME_MISMATCH: 'its certificate is not for this address',
};

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function refused(code: ErrorCode, message: string, details = {}, cause?: unknown): ClusterError {
  return new ClusterError(code, message, 'refused', details, cause);
}

/** The `ClusterError` in a chain of causes, such as `fetch failed` with a failed dial in it; null when there is none. */
export function findClusterError(error: unknown): ClusterError | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (each instanceof ClusterError) return each;
  }
  return null;
}

/** @param endpoint `host:port` as people know it */
export function dialError(error: unknown, endpoint: string): ClusterError {
  const known = findClusterError(error);
  if (known) return known;
  const code = codeOf(error);
  const fail = (ours: ErrorCode, message: string): ClusterError => refused(ours, message, { endpoint }, error);
  if (code === 'ECONNREFUSED') return fail('CONNECTION_REFUSED', `${endpoint} refused the connection`);
  if (TIMED_OUT.has(code)) return fail('CONNECTION_TIMEOUT', `${endpoint} did not answer in time`);
  if (NO_ROUTE.has(code)) return fail('CONNECTION_TIMEOUT', `${endpoint} cannot be reached: there is no route to it`);
  if (code === 'CERT_HAS_EXPIRED') return fail('CERTIFICATE_EXPIRED', `The certificate of ${endpoint} has expired`);
  const distrust = DISTRUST[code];
  if (distrust) return fail('CERTIFICATE_NOT_TRUSTED', `${endpoint} is not trusted: ${distrust}`);
  if (code.startsWith('ERR_SSL_') || code === 'EPROTO') {
    return fail('KUBERNETES_BAD_RESPONSE', `${endpoint} does not speak TLS as an API server does`);
  }
  if (BROKEN.has(code)) return fail('CONNECTION_LOST', `${endpoint} broke the connection`);
  return fail('CONNECTION_LOST', `The connection to ${endpoint} failed`);
}
