import type { EditDto } from '../api/models/edit-dto';
import type { ReachDto } from '../api/models/reach-dto';
import type { RegisterDto } from '../api/models/register-dto';
import type { SandboxDto } from '../api/models/sandbox-dto';
import type { SshDto } from '../api/models/ssh-dto';

export type Way = 'ssh' | 'kubeconfig' | 'sandbox' | 'inCluster';
export type Trouble = NonNullable<SandboxDto['trouble']>;

/** What a user types to register a server; numbers stay text until they are sent. Holds secrets: never stored. */
export interface ServerDraft {
  readonly way: Way;
  readonly host: string;
  readonly port: string;
  readonly username: string;
  readonly login: 'password' | 'key';
  readonly password: string;
  readonly privateKey: string;
  readonly passphrase: string;
  readonly sudoPassword: string;
  readonly useTunnel: boolean;
  readonly kubeconfig: string;
  readonly context: string;
  readonly nodes: string;
  readonly cpusPerNode: string;
  readonly memoryGiBPerNode: string;
  readonly storageGiBPerNode: string;
  readonly gpusPerNode: string;
  readonly trouble: Trouble;
  readonly name: string;
  readonly tags: string;
  readonly location: string;
  readonly namespace: string;
}

export type DraftKey = keyof ServerDraft;

export const newServerDraft = (): ServerDraft => ({
  way: 'ssh',
  host: '',
  port: '22',
  username: '',
  login: 'password',
  password: '',
  privateKey: '',
  passphrase: '',
  sudoPassword: '',
  useTunnel: true,
  kubeconfig: '',
  context: '',
  nodes: '2',
  cpusPerNode: '8',
  memoryGiBPerNode: '32',
  storageGiBPerNode: '100',
  gpusPerNode: '0',
  trouble: 'none',
  name: '',
  tags: '',
  location: '',
  namespace: '',
});

/** "gpu, team=vision" → two tags; each once. */
export function splitTags(text: string): string[] {
  return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/** How to reach the server. `fingerprint`: of the host key that was confirmed; only SSH has one. */
export function reachBody(draft: ServerDraft, fingerprint: string): ReachDto {
  switch (draft.way) {
    case 'ssh':
      return { ssh: sshBody(draft, fingerprint) };
    case 'kubeconfig': {
      const context = draft.context.trim();
      return { kubeconfig: { text: draft.kubeconfig, ...(context === '' ? {} : { context }) } };
    }
    case 'sandbox':
      return { sandbox: sandboxBody(draft) };
    case 'inCluster':
      return { inCluster: {} };
  }
}

export function registerBody(draft: ServerDraft, fingerprint: string): RegisterDto {
  const tags = splitTags(draft.tags);
  const [location, namespace] = [draft.location.trim(), draft.namespace.trim()];
  return {
    name: draft.name.trim(),
    ...(tags.length > 0 ? { tags } : {}),
    ...(location === '' ? {} : { location }),
    ...(namespace === '' ? {} : { namespace }),
    ...reachBody(draft, fingerprint),
  };
}

/** A new way to reach a server that is registered already. */
export function connectionBody(draft: ServerDraft, fingerprint: string): EditDto {
  const { ssh, kubeconfig } = reachBody(draft, fingerprint);
  return { ...(ssh ? { ssh } : {}), ...(kubeconfig ? { kubeconfig } : {}) };
}

function sshBody(draft: ServerDraft, hostKeyFingerprint: string): SshDto {
  const { login, password, passphrase, sudoPassword, useTunnel } = draft;
  const secret =
    login === 'password'
      ? { password }
      : {
          privateKey: keyText(draft.privateKey),
          ...(passphrase === '' ? {} : { passphrase }),
          ...(sudoPassword === '' ? {} : { sudoPassword }),
        };
  const place = { host: draft.host.trim(), port: Number(draft.port), username: draft.username.trim() };
  return { ...place, ...secret, hostKeyFingerprint, useTunnel };
}

/** Keys are picky about line ends, and a paste easily loses the last one. */
const keyText = (text: string): string => `${text.replaceAll('\r\n', '\n').trim()}\n`;

function sandboxBody(draft: ServerDraft): SandboxDto {
  return {
    nodes: Number(draft.nodes),
    cpusPerNode: Number(draft.cpusPerNode),
    memoryGiBPerNode: Number(draft.memoryGiBPerNode),
    storageGiBPerNode: Number(draft.storageGiBPerNode),
    gpusPerNode: Number(draft.gpusPerNode),
    ...(draft.trouble === 'none' ? {} : { trouble: draft.trouble }),
  };
}

/** A name to begin with: what the machine is called. */
export function suggestedName(draft: ServerDraft): string {
  if (draft.way === 'ssh') return draft.host.trim().replaceAll(':', '-');
  if (draft.way === 'kubeconfig') return draft.context.trim() || 'cluster';
  return draft.way === 'sandbox' ? 'sandbox' : 'this-cluster';
}
