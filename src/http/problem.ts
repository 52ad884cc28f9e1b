/**
 * Any error becomes one RFC 9457 problem. Promises: the shape is always the same, the code is always from the catalogue, and
 * nothing of an error that is not ours (message, stack, cause) reaches the caller.
 */
import { HttpException } from '@nestjs/common';
import { BerthError, ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from '../domain/errors.js';

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

export interface Problem {
  /** Names the kind of problem; does not resolve to a page. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint: string;
  /** Names this one occurrence; the log has it too. */
  readonly instance: string;
  readonly errors?: unknown;
  readonly shortfalls?: unknown;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Codes of Fastify whose status alone does not say which of ours is meant. */
const BY_LIBRARY_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_HANDLER_TIMEOUT: 'ANSWER_TIMEOUT',
  FST_ERR_MAX_LENGTH_URL_PARAM: 'NOT_FOUND',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'INVALID_REQUEST',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  408: 'REQUEST_TIMEOUT',
  413: 'BODY_TOO_LARGE',
  414: 'NOT_FOUND',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  431: 'HEADERS_TOO_LARGE',
};

/** Seconds after which the same request may work; only for errors that pass by themselves. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  TOO_MANY_REQUESTS: 1,
  STATE_BUSY: 1,
  STATE_UNWRITABLE: 30,
  SHUTTING_DOWN: 5,
};

const MESSAGES: Partial<Record<ErrorCode, string>> = {
  BODY_TOO_LARGE: 'The body is larger than Berth reads.',
  ANSWER_TIMEOUT: 'The answer was not ready in time; the change may still be made.',
  INVALID_REQUEST: 'The request cannot be understood.',
};

/** A library's own error code, e.g. `FST_ERR_HANDLER_TIMEOUT`; empty when it has none. */
function libraryCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500;
  return typeof error.statusCode === 'number' ? error.statusCode : 500;
}

/** Translates errors of Fastify and Nest; a BerthError passes. Everything unknown is INTERNAL. */
export function toBerthError(error: unknown): BerthError {
  if (error instanceof BerthError) return error;
  const cause = error instanceof HttpException ? error.cause : error;
  const status = statusOf(error);
  const code =
    BY_LIBRARY_CODE[libraryCode(cause)] ?? BY_STATUS[status] ?? (status < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
  return new BerthError(code, MESSAGES[code] ?? `${ERROR_CATALOGUE[code].title}.`, {}, error);
}

export function problemOf(error: BerthError, requestId: string): Problem {
  const { status, title, hint }: ErrorEntry = ERROR_CATALOGUE[error.code];
  const { errors, shortfalls, ...details } = error.details;
  return {
    type: `urn:berth:error:${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    hint,
    instance: `urn:berth:request:${requestId}`,
    ...(errors === undefined ? {} : { errors }),
    ...(shortfalls === undefined ? {} : { shortfalls }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
  };
}

/** Headers that belong to the problem: Retry-After, WWW-Authenticate, Allow. */
export function problemHeaders(error: BerthError): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': PROBLEM_JSON, 'cache-control': 'no-store' };
  const asked = error.details['retryAfterSeconds'];
  const retryAfter = typeof asked === 'number' ? asked : RETRY_AFTER_SECONDS[error.code];
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  if (error.code === 'UNAUTHENTICATED') headers['www-authenticate'] = 'Bearer realm="berth"';
  const allowed = error.details['allowed'];
  if (error.code === 'METHOD_NOT_ALLOWED' && Array.isArray(allowed)) headers['allow'] = allowed.join(', ');
  return headers;
}
