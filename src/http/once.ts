import { createHash, createHmac } from 'node:crypto';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BerthError } from '../domain/errors.js';
import './fastify-request.js';

/** Names one effect: goes into `StateRepository.update({once})`. */
export interface OnceKey {
  readonly key: string;
  /** The same for the same request only. */
  readonly fingerprint: string;
}

const KEY = /^[\x21-\x7e]{1,128}$/;

/**
 * The Idempotency-Key of a request; undefined when it has none. @throws BerthError INVALID_REQUEST for a key that is not 1 to 128
 * visible ASCII characters.
 * The fingerprint is keyed with the caller's token or session, which is nowhere on disk: a bare hash of a body with a password in it
 * would let a reader of master.json guess the password.
 */
export function onceKeyOf(request: FastifyRequest): OnceKey | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !KEY.test(key)) {
    const message = 'Idempotency-Key must be 1 to 128 visible ASCII characters';
    throw new BerthError('INVALID_REQUEST', `${message}.`, { errors: [{ field: 'Idempotency-Key', message }] });
  }
  const body = createHash('sha256')
    .update(request.rawBody ?? '')
    .digest('hex');
  const fingerprint = createHmac('sha256', request.secret)
    .update(`${request.method}\n${request.url}\n${body}`)
    .digest('hex');
  return { key, fingerprint };
}

/** A parameter of a controller's method: `@Once() once: OnceKey | undefined`. */
export const Once = createParamDecorator((_: unknown, context: ExecutionContext) =>
  onceKeyOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** A parameter of a controller's method: who asks, for the audit trail. */
export const Actor = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<FastifyRequest>().actor,
);
