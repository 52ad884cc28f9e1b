/**
 * Decides who may pass, before anything of a request's body is read. Deny by default: a route without an explicit `@Public()`,
 * a route made on the Fastify instance, and an unknown address all ask for a token or a session.
 * Credentials are read from the Authorization header and the session cookie, and from nowhere else: a query would leak into logs and
 * histories. A request with both is judged by its token.
 * Concurrency: synchronous; reads the current snapshot, so a new token is in force with the commit that made it.
 */
import { Injectable } from '@nestjs/common';
import type { IncomingHttpHeaders } from 'node:http';
import { BerthError } from '../domain/errors.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { Attempts } from './attempts.js';
import { isFromOwnPage, readSessionCookies } from './session-cookie.js';
import { Sessions } from './sessions.js';
import { matchesHash } from './token.js';

const BEARER = /^Bearer ([\x21-\x7e]{1,512})$/i;
/** The only one there is for now; managers write it into the audit trail. */
export const ADMIN = 'admin';

export interface Caller {
  readonly address: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Admitted {
  readonly actor: string;
  /** What was shown: the token, or the secret of the session. */
  readonly secret: string;
}

@Injectable()
export class AccessGate {
  readonly #attempts = new Attempts();

  constructor(
    private readonly state: StateRepository,
    private readonly sessions: Sessions,
    private readonly settings: Settings,
  ) {}

  /**
   * `nowMs`: of a monotonic clock.
   * @throws BerthError UNAUTHENTICATED, CROSS_SITE, or TOO_MANY_REQUESTS after wrong tokens from this address.
   */
  admit({ address, method, headers }: Caller, nowMs: number): Admitted {
    const token = BEARER.exec(headers.authorization ?? '')?.[1];
    if (token !== undefined) return { actor: this.admitToken(token, address, nowMs), secret: token };
    const secrets = readSessionCookies(headers.cookie, this.settings.access.isCookieSecure);
    // Nothing at all is no guess: a page that was opened before its token was entered must not be slowed down.
    if (secrets.length === 0)
      throw new BerthError('UNAUTHENTICATED', 'The request has no bearer token and no session.');
    const session = this.sessions.findAny(secrets, new Date());
    if (!session) throw new BerthError('UNAUTHENTICATED', 'The session is over.');
    if (!isFromOwnPage(method, headers)) {
      throw new BerthError('CROSS_SITE', 'A session may change something only from the pages of Berth itself.');
    }
    return session;
  }

  /** @returns the actor. @throws BerthError as `admit` does. */
  admitToken(token: string, address: string, nowMs: number): string {
    if (matchesHash(token, this.state.read().access.adminTokenHash)) {
      this.#attempts.succeed(address);
      return ADMIN;
    }
    // The wait is asked after the comparison: a right token is always heard, whatever others behind the same address have tried.
    const waitMs = this.#attempts.waitMs(address, nowMs);
    if (waitMs > 0) {
      throw new BerthError('TOO_MANY_REQUESTS', 'Too many wrong tokens came from this address.', {
        retryAfterSeconds: Math.ceil(waitMs / 1_000),
      });
    }
    this.#attempts.fail(address, nowMs);
    throw new BerthError('UNAUTHENTICATED', 'The token is not valid.');
  }
}
