/** How Berth is told to reach a machine of the facts. */
import { readFileSync } from 'node:fs';
import type { KubeconfigDto, SshDto } from '../../../src/servers/register.dto.js';
import { fact, machine, type MachineName } from '../facts.js';

type SshBody = { readonly [K in keyof SshDto]: SshDto[K] };

/** Without the fingerprint: what somebody sends who has not confirmed it yet. */
export function unconfirmedSsh(name: MachineName): SshBody {
  const { port = 22 } = machine(name);
  return { host: fact(name, 'host'), port, username: fact(name, 'username'), password: fact(name, 'password') };
}

export function ssh(name: MachineName): SshBody {
  return { ...unconfirmedSsh(name), hostKeyFingerprint: fact(name, 'fingerprint') };
}

export function kubeconfig(name: MachineName): KubeconfigDto {
  return { text: readFileSync(fact(name, 'kubeconfig'), 'utf8') };
}
