/**
 * The only SSH algorithms that Berth offers. No Diffie-Hellman over server-chosen groups: a hostile group keeps the event loop
 * busy for half a minute. No SHA-1, no CBC; MACs encrypt-then-MAC. OpenSSH has had all of these since 2014.
 */
import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

const HOST_KEYS: Readonly<Record<string, readonly ServerHostKeyAlgorithm[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
};

/**
 * @param pinnedType asked for first, so that a machine with several keys shows the confirmed one. The others stay on offer: a machine
 * that lost this key then shows another, and the user sees its fingerprint instead of a failed negotiation.
 */
export function algorithms(pinnedType: string | null): Algorithms {
  const types = Object.keys(HOST_KEYS).sort((a, b) => Number(b === pinnedType) - Number(a === pinnedType));
  return {
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'ecdh-sha2-nistp384',
      'ecdh-sha2-nistp521',
    ],
    serverHostKey: types.flatMap((type) => HOST_KEYS[type] ?? []),
    cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'chacha20-poly1305@openssh.com'],
    hmac: ['hmac-sha2-256-etm@openssh.com', 'hmac-sha2-512-etm@openssh.com'],
    compress: ['none'],
  };
}
