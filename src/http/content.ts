import type { FastifyRequest } from 'fastify';
import { BerthError } from '../domain/errors.js';

/** Nothing looser: every known way around body validation began with a content type that two readers understood differently. */
const JSON_ONLY = /^application\/json(?:; ?charset=utf-8)?$/i;

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0);
}

/** Refuses a body that is not plain JSON before a byte of it is read. @throws BerthError */
export function checkContent(request: FastifyRequest): void {
  if (!hasBody(request)) return;
  const { method, headers } = request;
  if (method === 'GET' || method === 'HEAD') {
    throw new BerthError('INVALID_REQUEST', `A ${method} has no body.`, { errors: [] });
  }
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new BerthError('UNSUPPORTED_MEDIA_TYPE', 'The body is compressed; send it plain.');
  }
  const type = headers['content-type'];
  if (type === undefined || !JSON_ONLY.test(type)) {
    throw new BerthError('UNSUPPORTED_MEDIA_TYPE', 'The body must be sent as Content-Type: application/json.');
  }
}
