import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/**
 * A value that cannot print: string conversion, JSON, console and template literals all show `[redacted]`.
 * Invariant: the only way to the value is `reveal()`, so a search for it finds every use.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** An encrypted secret as it stands in master.json: base64 of nonce, ciphertext and tag, with the id of the key that seals it. */
export interface SealedSecret {
  readonly keyId: string;
  readonly box: string;
}
