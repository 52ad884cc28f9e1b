/** `user@host:port` as Berth shows an SSH connection; null when it is something else. */
export interface SshPlace {
  readonly username: string;
  readonly host: string;
  readonly port: number;
}

export function sshPlace(address: string): SshPlace | null {
  const at = address.lastIndexOf('@');
  const colon = address.lastIndexOf(':');
  const port = Number(address.slice(colon + 1));
  if (at < 1 || colon < at || !Number.isInteger(port)) return null;
  return { username: address.slice(0, at), host: address.slice(at + 1, colon), port };
}

const FILES: readonly (readonly [type: string, file: string])[] = [
  ['ssh-ed25519', 'ed25519'],
  ['ecdsa-', 'ecdsa'],
  ['rsa-', 'rsa'],
  ['ssh-rsa', 'rsa'],
];

/** What prints the fingerprint of a key of this type on the machine itself. */
export function fingerprintCommand(keyType: string): string {
  const name = FILES.find(([type]) => keyType.startsWith(type))?.[1] ?? '*';
  return `ssh-keygen -lf /etc/ssh/ssh_host_${name}_key.pub`;
}

export type Comparison = 'nothing' | 'same' | 'other' | 'no-fingerprint';

/** `pasted`: whatever the machine printed; the fingerprint may stand anywhere in it, with or without "=" padding. */
export function comparePasted(pasted: string, fingerprint: string): Comparison {
  if (pasted.trim() === '') return 'nothing';
  const found = pasted.match(/SHA256:[A-Za-z0-9+/]{43}/g);
  if (!found) return 'no-fingerprint';
  return found.includes(fingerprint.replace(/=+$/, '')) ? 'same' : 'other';
}
