import { BerthError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { Credential } from '../domain/server.js';

/**
 * A credential as the sealed box holds it: `{kind, password?, privateKey?, passphrase?, sudoPassword?, kubeconfig?}`.
 * The text is itself a secret: it is made only to be sealed, and read only after unsealing.
 */
export function encodeCredential(credential: Credential): Secret {
  switch (credential.kind) {
    case 'password':
      return new Secret(JSON.stringify({ kind: credential.kind, password: credential.password.reveal() }));
    case 'kubeconfig':
      return new Secret(JSON.stringify({ kind: credential.kind, kubeconfig: credential.kubeconfig.reveal() }));
    case 'private-key': {
      const { kind, privateKey, passphrase, sudoPassword } = credential;
      return new Secret(
        JSON.stringify({
          kind,
          privateKey: privateKey.reveal(),
          ...(passphrase && { passphrase: passphrase.reveal() }),
          ...(sudoPassword && { sudoPassword: sudoPassword.reveal() }),
        }),
      );
    }
  }
}

const unreadable = (): BerthError =>
  new BerthError('CREDENTIAL_UNREADABLE', 'The stored credential is not one that Berth knows.');

function fields(text: Secret): ReadonlyMap<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text.reveal());
    if (typeof parsed === 'object' && parsed !== null) return new Map(Object.entries(parsed));
  } catch {
    // The parser's message quotes what it read, so it goes no further.
  }
  throw unreadable();
}

/** @throws BerthError CREDENTIAL_UNREADABLE, whose message quotes nothing. */
export function decodeCredential(text: Secret): Credential {
  const found = fields(text);
  const optional = (name: string): Secret | null => {
    const value = found.get(name);
    return typeof value === 'string' ? new Secret(value) : null;
  };
  const required = (name: string): Secret => {
    const value = optional(name);
    if (!value) throw unreadable();
    return value;
  };
  switch (found.get('kind')) {
    case 'password':
      return { kind: 'password', password: required('password') };
    case 'kubeconfig':
      return { kind: 'kubeconfig', kubeconfig: required('kubeconfig') };
    case 'private-key':
      return {
        kind: 'private-key',
        privateKey: required('privateKey'),
        passphrase: optional('passphrase'),
        sudoPassword: optional('sudoPassword'),
      };
    default:
      throw unreadable();
  }
}
