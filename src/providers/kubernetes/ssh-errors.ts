/** What ssh2 reports, in our words: never its text, which repeats what a server sent. */
import type { ClusterError } from '../../domain/errors.js';
import { dialError, refused } from './dial-errors.js';

interface Account {
  readonly endpoint: string;
  readonly username: string;
  readonly credential: { readonly kind: string };
}

/** `SSH_OPEN_*` of RFC 4254. */
const PROHIBITED = 1;
const CONNECT_FAILED = 2;
const RESOURCE_SHORTAGE = 4;

function levelOf(error: Error): string {
  return 'level' in error && typeof error.level === 'string' ? error.level : '';
}

export function authenticationFailed(account: Account, why: string, allowed: readonly string[] = []): ClusterError {
  const { endpoint, username } = account;
  return refused('SSH_AUTHENTICATION_FAILED', `${endpoint} refused the login of ${username}: ${why}`, {
    endpoint,
    username,
    ...(allowed.length > 0 && { allowedMethods: allowed }),
  });
}

/** An error before the login was done. `allowed`: the methods that the server has named so far. */
export function loginError(error: Error, account: Account, allowed: readonly string[]): ClusterError {
  const { endpoint } = account;
  const protocol = (why: string): ClusterError =>
    refused('SSH_PROTOCOL_ERROR', `${endpoint} ${why}`, { endpoint }, error);
  switch (levelOf(error)) {
    case 'client-authentication':
      return authenticationFailed(account, refusal(account.credential.kind, allowed), allowed);
    case 'client-socket':
      return dialError(error, endpoint);
    case 'client-timeout':
      return refused('CONNECTION_TIMEOUT', `${endpoint} stopped answering during the login`, { endpoint }, error);
    case 'handshake':
      return protocol(
        error.message.includes('no matching')
          ? 'and Berth have no SSH algorithm in common; its sshd is too old, or too strict'
          : 'failed the SSH handshake',
      );
    default:
      break;
  }
  // A DISCONNECT of the server has a number as its code; after the methods are known, it is about the login.
  if ('code' in error && typeof error.code === 'number' && allowed.length > 0) {
    return authenticationFailed(account, 'it ended the connection after the attempt', allowed);
  }
  return protocol('does not answer as an SSH server does, or turns logins away at the moment');
}

function refusal(kind: string, allowed: readonly string[]): string {
  const isPassword = kind === 'password';
  const fitting = isPassword ? ['password', 'keyboard-interactive'] : ['publickey'];
  const what = isPassword ? 'password' : 'key';
  if (allowed.length > 0 && !allowed.some((method) => fitting.includes(method))) {
    return `it takes no ${what} for this user`;
  }
  return `the ${what} is not accepted`;
}

/** A channel that the server would not open. `target`: what it was for. */
export function channelError(error: Error, endpoint: string, target: string | null): ClusterError {
  const reason = 'reason' in error && typeof error.reason === 'number' ? error.reason : 0;
  if (target !== null && reason === PROHIBITED) {
    return refused(
      'SSH_FORWARDING_DENIED',
      `${endpoint} does not let SSH reach ${target}`,
      { endpoint, target },
      error,
    );
  }
  if (target !== null && reason === CONNECT_FAILED) {
    return refused(
      'KUBERNETES_UNAVAILABLE',
      `Nothing answers on ${target} of ${endpoint}`,
      { endpoint, target },
      error,
    );
  }
  if (reason === RESOURCE_SHORTAGE || reason === PROHIBITED || reason === CONNECT_FAILED) {
    return refused('SSH_PROTOCOL_ERROR', `${endpoint} opens no more SSH sessions at the moment`, { endpoint }, error);
  }
  return refused('CONNECTION_LOST', `The SSH connection to ${endpoint} broke`, { endpoint }, error);
}
