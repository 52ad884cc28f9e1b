/**
 * Seals credentials for master.json with AES-256-GCM.
 * Promises: what `open` returns is exactly what was sealed under the same key and context, or it throws. A box that was changed in any bit,
 * moved to another server, field or version, or sealed by another key does not open. Without a key nothing is sealed or opened, and
 * everything else works.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { BerthError } from '../domain/errors.js';
import type { MasterState } from '../domain/master-state.js';
import { type SealedSecret, Secret } from '../domain/secret.js';
import type { StateSettings } from '../settings.js';
import { findKey, type FoundKey } from './secret-key.js';
import type { StateLog } from './state-parts.js';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const idOf = (key: Buffer): string =>
  createHash('sha256').update('berth key id\0').update(key).digest('hex').slice(0, 16);

export class SecretBox {
  readonly #key: Buffer | null;
  readonly #reason: string;
  /** Short hash of the key, kept beside each box; null while sealed. */
  readonly keyId: string | null;

  constructor(found: FoundKey) {
    this.#key = found.key;
    this.#reason = found.reason ?? '';
    this.keyId = found.key && idOf(found.key);
  }

  /** @throws BerthError STATE_PERMISSIONS */
  static async load(settings: StateSettings, state: MasterState, log: StateLog): Promise<SecretBox> {
    const sealed = Object.values(state.servers).flatMap(({ server }) => server.credential?.sealed ?? []);
    const { directory, masterKeyFile } = settings;
    const box = new SecretBox(
      await findKey({ directory, masterKeyFile, hasSealedCredentials: sealed.length > 0 }, log),
    );
    const foreign = sealed.filter(({ keyId }) => keyId !== box.keyId).length;
    if (!box.keyId) log.error(`Credentials stay sealed: ${box.#reason}`);
    else if (foreign > 0)
      log.error(`${foreign} of ${sealed.length} credentials were sealed by another key and stay sealed`);
    return box;
  }

  /** Why nothing can be sealed or opened, for people; null when it can. */
  get sealedReason(): string | null {
    return this.#key ? null : this.#reason;
  }

  /**
   * @param context what the box is for: `serverId/field/version`. The same words open it.
   * @throws BerthError CREDENTIAL_UNREADABLE without a key.
   */
  seal(secret: Secret, context: string): SealedSecret {
    const { key, keyId } = this.#unlocked();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
    const box = Buffer.concat([nonce, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return { keyId, box: box.toString('base64') };
  }

  /** @throws BerthError CREDENTIAL_UNREADABLE */
  open(sealed: SealedSecret, context: string): Secret {
    const { key, keyId } = this.#unlocked();
    if (sealed.keyId !== keyId) {
      const message = `It was sealed by the key ${sealed.keyId}, and Berth runs with the key ${keyId}`;
      throw new BerthError('CREDENTIAL_UNREADABLE', message);
    }
    const box = Buffer.from(sealed.box, 'base64');
    // Other spellings of the same bytes are changes too.
    if (box.toString('base64') !== sealed.box || box.byteLength < NONCE_BYTES + TAG_BYTES) throw damaged();
    try {
      const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(Buffer.from(context))
        .setAuthTag(box.subarray(-TAG_BYTES));
      const plain = Buffer.concat([decipher.update(box.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      return new Secret(plain.toString('utf8'));
    } catch (error) {
      throw damaged(error);
    }
  }

  #unlocked(): { readonly key: Buffer; readonly keyId: string } {
    if (this.#key && this.keyId) return { key: this.#key, keyId: this.keyId };
    throw new BerthError('CREDENTIAL_UNREADABLE', `Berth runs without the key for credentials: ${this.#reason}`);
  }
}

const damaged = (cause?: unknown): BerthError =>
  new BerthError('CREDENTIAL_UNREADABLE', 'The sealed credential was changed, or belongs to something else', {}, cause);
