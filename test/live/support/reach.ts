/** How Berth is told to reach a machine of the facts. */
import { readFileSync } from 'node:fs';
import type { KubeconfigDto, SshDto } from '../../../src/servers/register.dto.js';
import { fact, machine, type MachineName } from '../facts.js';
import { runCommand } from './run-command.js';

type SshBody = { readonly [K in keyof SshDto]: SshDto[K] };

/** Without the fingerprint: what somebody sends who has not confirmed it yet. */
export function unconfirmedSsh(name: MachineName): SshBody {
  const { port = 22 } = machine(name);
  return { host: fact(name, 'host'), port, username: fact(name, 'username'), password: fact(name, 'password') };
}

/** The key of the facts, or the one that the machine has now: an earlier run may have given it a new one. */
export async function fingerprintOf(name: MachineName): Promise<string> {
  const { fingerprintNow } = machine(name);
  return fingerprintNow ? (await runCommand(fingerprintNow)).trim() : fact(name, 'fingerprint');
}

export async function ssh(name: MachineName): Promise<SshBody> {
  return { ...unconfirmedSsh(name), hostKeyFingerprint: await fingerprintOf(name) };
}

export function kubeconfig(name: MachineName): KubeconfigDto {
  return { text: readFileSync(fact(name, 'kubeconfig'), 'utf8') };
}
