/**
 * The sessions of browsers. Like the admin token, a session is known by the hash of its secret and is durable: a restart signs nobody out.
 * A new admin token ends every session (see AdminToken).
 * Invariant: at most MAX_SESSIONS are open; the one that would end first gives way.
 * Concurrency: `find` is synchronous and reads the current snapshot.
 */
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BerthError } from '../domain/errors.js';
import type { SessionRecord } from '../domain/master-state.js';
import { Secret } from '../domain/secret.js';
import { Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { hashToken } from './token.js';

const MAX_SESSIONS = 100;
const HOUR_MS = 3_600_000;

export interface OpenSession extends SessionRecord {
  readonly secret: string;
}

export interface NewSession extends SessionRecord {
  readonly secret: Secret;
}

@Injectable()
export class Sessions {
  /** Those begun while the disk refused to write: a full disk must not lock people out of looking. They end with the process. */
  readonly #unwritten = new Map<string, SessionRecord>();

  constructor(
    private readonly state: StateRepository,
    private readonly settings: Settings,
  ) {}

  /** The first of these secrets that opens a session; null when none does. */
  findAny(secrets: readonly string[], now: Date): OpenSession | null {
    for (const secret of secrets) {
      const session = this.#find(secret, now);
      if (session) return { ...session, secret };
    }
    return null;
  }

  #find(secret: string, now: Date): SessionRecord | null {
    const hash = hashToken(secret);
    const { sessions = {} } = this.state.read().access;
    const found = (Object.hasOwn(sessions, hash) ? sessions[hash] : undefined) ?? this.#unwritten.get(hash);
    return found && found.expiresAt > now.toISOString() ? found : null;
  }

  /** @returns the new session, durable whenever the state can be written. */
  async begin(actor: string, now: Date): Promise<NewSession> {
    const secret = new Secret(randomBytes(32).toString('base64url'));
    const hash = hashToken(secret.reveal());
    const expiresAt = new Date(now.getTime() + this.settings.access.sessionHours * HOUR_MS).toISOString();
    const record: SessionRecord = { actor, expiresAt };
    try {
      await this.state.update({ actor, reason: 'signed in' }, (draft) => {
        const kept = Object.entries(draft.access.sessions ?? {})
          .filter(([, session]) => session.expiresAt > now.toISOString())
          .sort(([, a], [, b]) => (a.expiresAt < b.expiresAt ? 1 : -1))
          .slice(0, MAX_SESSIONS - 1);
        draft.access.sessions = { ...Object.fromEntries(kept), [hash]: record };
      });
    } catch (error) {
      if (!(error instanceof BerthError && error.code === 'STATE_UNWRITABLE')) throw error;
      if (this.#unwritten.size >= MAX_SESSIONS) this.#unwritten.clear();
      this.#unwritten.set(hash, record);
    }
    return { ...record, secret };
  }

  async end(secret: string): Promise<void> {
    const hash = hashToken(secret);
    if (this.#unwritten.delete(hash)) return;
    const session = this.state.read().access.sessions?.[hash];
    if (!session) return;
    await this.state.update({ actor: session.actor, reason: 'signed out' }, (draft) => {
      delete draft.access.sessions?.[hash];
    });
  }
}
