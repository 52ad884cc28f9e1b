import { Injectable } from '@nestjs/common';
import { BerthError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import { readSecretFile, Settings } from '../settings.js';
import { StateRepository } from '../state/state.repository.js';
import { ADMIN } from './access-gate.js';
import { hashToken, makeToken, matchesHash } from './token.js';

const STRONG = /^[\x21-\x7e]{32,512}$/;

/** Makes and changes the admin token. Only its hash is kept: one that was not noted down cannot be shown again. A new one ends all sessions. */
@Injectable()
export class AdminToken {
  constructor(
    private readonly state: StateRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Makes the token of the first start; a token file, when one is set, is in force instead of what was before.
   * @returns the new token to print once, already durable; null when there is nothing to print.
   */
  async ensure(): Promise<Secret | null> {
    const { adminTokenFile } = this.settings.access;
    const { adminTokenHash } = this.state.read().access;
    if (adminTokenFile !== undefined) {
      const token = readSecretFile(adminTokenFile);
      // Right tokens are never slowed down (see AccessGate), so a token must be beyond guessing.
      if (!STRONG.test(token.reveal())) {
        throw new BerthError(
          'SETTINGS_INVALID',
          `${adminTokenFile} needs 32 to 512 visible ASCII characters without spaces`,
        );
      }
      if (!matchesHash(token.reveal(), adminTokenHash)) await this.#keep(token, 'the admin token file was read');
      return null;
    }
    return adminTokenHash === null ? this.reset('first start') : null;
  }

  /** @returns the new token, already durable; the old one is void. */
  async reset(reason = 'the admin token was reset'): Promise<Secret> {
    const token = makeToken();
    await this.#keep(token, reason);
    return token;
  }

  async #keep(token: Secret, reason: string): Promise<void> {
    const hash = hashToken(token.reveal());
    await this.state.update({ actor: ADMIN, reason }, (draft) => {
      draft.access.adminTokenHash = hash;
      draft.access.sessions = {};
    });
  }
}
