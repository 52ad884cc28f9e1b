/**
 * Decides who may pass, before anything of a request's body is read. Deny by default: a route without an explicit `@Public()`,
 * a route made on the Fastify instance, and an unknown address all ask for the token.
 * Credentials are read from the Authorization header and from nowhere else: a query would leak into logs and histories.
 * Concurrency: synchronous; reads the current snapshot, so a new token is in force with the commit that made it.
 */
import { Injectable } from '@nestjs/common';
import { BerthError } from '../domain/errors.js';
import { StateRepository } from '../state/state.repository.js';
import { Attempts } from './attempts.js';
import { matchesHash } from './token.js';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
/** The only one there is for now; managers write it into the audit trail. */
export const ADMIN = 'admin';

export interface Caller {
  readonly address: string;
  readonly authorization: string | undefined;
}

@Injectable()
export class AccessGate {
  readonly #attempts = new Attempts();

  constructor(private readonly state: StateRepository) {}

  /** @returns the actor. @throws BerthError UNAUTHENTICATED, or TOO_MANY_REQUESTS after wrong tokens from this address. */
  admit(caller: Caller, nowMs: number): string {
    const token = BEARER.exec(caller.authorization ?? '')?.[1];
    // No token at all is no guess: a page that was opened before its token was entered must not be slowed down.
    if (token === undefined) throw new BerthError('UNAUTHENTICATED', 'The request has no bearer token.');
    if (matchesHash(token, this.state.read().access.adminTokenHash)) {
      this.#attempts.succeed(caller.address);
      return ADMIN;
    }
    // The wait is asked after the comparison: a right token is always heard, whatever others behind the same address have tried.
    const waitMs = this.#attempts.waitMs(caller.address, nowMs);
    if (waitMs > 0) {
      throw new BerthError('TOO_MANY_REQUESTS', 'Too many wrong tokens came from this address.', {
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      });
    }
    this.#attempts.fail(caller.address, nowMs);
    throw new BerthError('UNAUTHENTICATED', 'The token is not valid.');
  }
}
