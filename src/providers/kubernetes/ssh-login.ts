/**
 * One SSH handshake and login over a connected socket.
 * Promises: the host key is compared with the confirmed one before authentication begins; when it differs, not even the user name
 * is sent. A password is offered once per login, by the one method that the server allows. Nothing that the server
 * prints (banner, prompts, debug messages) is kept or logged.
 * Invariant: `error` and `close` have listeners from before the first byte until the process ends; a reset is never uncaught.
 */
import type { Socket } from 'node:net';
import { NodeSSH } from 'node-ssh';
import ssh2, {
  type AuthenticationType,
  type AuthHandlerMiddleware,
  type Client,
  type ParsedKey,
  type Prompt,
} from 'ssh2';
import type { ClusterError } from '../../domain/errors.js';
import type { Credential, HostKey } from '../../domain/server.js';
import { type Bounds, bounded } from './dial.js';
import { refused } from './dial-errors.js';
import { algorithms } from './ssh-algorithms.js';
import { authenticationFailed, loginError } from './ssh-errors.js';
import { hostKeyOf, isSameKey } from './ssh-host-key.js';

export type SshCredential = Exclude<Credential, { kind: 'kubeconfig' }>;

export interface LoginOrder {
  readonly endpoint: string;
  readonly username: string;
  readonly hostKey: HostKey;
  readonly credential: SshCredential;
  /** The credential's key; null for a password. */
  readonly key: ParsedKey | null;
  readonly keepaliveSeconds: number;
  readonly keepaliveMisses: number;
}

/** ssh2 ends the login on `false`; its types do not know. */
const GIVE_UP = false as unknown as AuthenticationType;

/** A client after login, and what to say when it goes: the key may change on a rekey too. */
export interface LoggedIn {
  readonly ssh: NodeSSH;
  readonly client: Client;
  readonly hostKeyError: () => ClusterError | null;
}

function hostKeyChanged(endpoint: string, presented: HostKey, expected: HostKey): ClusterError {
  return refused(
    'HOST_KEY_CHANGED',
    `${endpoint} shows the ${presented.type} key ${presented.fingerprint}, not the confirmed ${expected.fingerprint}; no credential was sent`,
    { endpoint, type: presented.type, fingerprint: presented.fingerprint, expected: expected.fingerprint },
  );
}

/**
 * The key of a private-key credential, decrypted; null for a password.
 * @throws ClusterError SSH_KEY_INVALID
 */
export function privateKeyOf(credential: SshCredential): ParsedKey | null {
  if (credential.kind !== 'private-key') return null;
  const passphrase = credential.passphrase?.reveal();
  const key = ssh2.utils.parseKey(credential.privateKey.reveal(), passphrase);
  if (key instanceof Error) {
    throw refused(
      'SSH_KEY_INVALID',
      /no passphrase given/i.test(key.message)
        ? 'The private key is protected by a passphrase, and none was given'
        : `The private key cannot be read${passphrase ? ' with this passphrase' : ''}`,
    );
  }
  const [first] = Array.isArray(key) ? key : [key];
  if (!first?.isPrivateKey()) throw refused('SSH_KEY_INVALID', 'This is a public key; the private key is needed');
  return first;
}

/** Answers one hidden prompt once: with the password. More prompts are a second factor that Berth does not have. */
function answerOnce(
  password: string,
): (...args: [string, string, string, Prompt[], (answers: string[]) => void]) => void {
  let isAnswered = false;
  return (_name, _instructions, _language, prompts, finish) => {
    const isPassword = !isAnswered && prompts.length === 1 && prompts[0]?.echo !== true;
    isAnswered = true;
    finish(isPassword ? [password] : []);
  };
}

/** First `none`, which only asks what is allowed; then the one fitting method; then no more. */
function authentication(order: LoginOrder, seen: { allowed: readonly string[] }): AuthHandlerMiddleware {
  const { username, credential, key } = order;
  let step = 0;
  return (left, _partial, next) => {
    step += 1;
    if (step === 1) return next({ type: 'none', username });
    if (step === 2) seen.allowed = left ?? [];
    const isAllowed = (type: AuthenticationType): boolean => step === 2 && seen.allowed.includes(type);
    if (credential.kind === 'private-key') {
      return next(key && isAllowed('publickey') ? { type: 'publickey', username, key } : GIVE_UP);
    }
    const password = credential.password.reveal();
    if (isAllowed('password')) return next({ type: 'password', username, password });
    if (isAllowed('keyboard-interactive'))
      return next({ type: 'keyboard-interactive', username, prompt: answerOnce(password) });
    return next(GIVE_UP);
  };
}

/**
 * @throws ClusterError HOST_KEY_CHANGED, SSH_AUTHENTICATION_FAILED, SSH_KEY_INVALID, SSH_PROTOCOL_ERROR, CONNECTION_LOST,
 * CONNECTION_TIMEOUT; the socket is destroyed then
 */
export async function login(socket: Socket, order: LoginOrder, bounds: Bounds): Promise<LoggedIn> {
  const { endpoint, hostKey, username } = order;
  const seen = { allowed: [] as readonly string[] };
  let mismatch: ClusterError | null = null;
  const ssh = new NodeSSH();
  return bounded<LoggedIn>(
    bounds,
    () => refused('CONNECTION_TIMEOUT', `${endpoint} did not finish the SSH login in time`, { endpoint }),
    (resolve, reject) => {
      const connecting = ssh.connect({
        sock: socket,
        username,
        algorithms: algorithms(hostKey.type),
        hostVerifier: (blob: Buffer) => {
          const presented = hostKeyOf(blob);
          if (isSameKey(presented, hostKey)) return true;
          mismatch = hostKeyChanged(endpoint, presented, hostKey);
          return false;
        },
        authHandler: authentication(order, seen),
        readyTimeout: 0,
        keepaliveInterval: order.keepaliveSeconds * 1_000,
        // ssh2 gives up at the interval after the last of these.
        keepaliveCountMax: Math.max(1, order.keepaliveMisses - 1),
      });
      // The client is there before the first await of `connect`; node-ssh takes its own listeners off once it is ready, ours stay.
      const client = ssh.connection;
      if (!client) return reject(refused('SSH_PROTOCOL_ERROR', `${endpoint} cannot be logged in to`));
      client.on('error', (error) => reject(mismatch ?? loginError(error, order, seen.allowed)));
      client.on('close', () =>
        reject(mismatch ?? refused('CONNECTION_LOST', `${endpoint} closed the connection during the login`)),
      );
      client.on('change password', () =>
        reject(authenticationFailed(order, 'its password has expired: log in by hand once and change it')),
      );
      connecting.then(
        () => resolve({ ssh, client, hostKeyError: () => mismatch }),
        // Told better by the listeners above.
        () => {},
      );
    },
    () => socket.destroy(),
  );
}
