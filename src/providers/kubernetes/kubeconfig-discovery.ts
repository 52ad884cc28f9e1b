/**
 * Finds the kubeconfig of a machine over SSH: MicroK8s, k3s, kubeadm, then the user's own.
 * Exit codes lie (a joined MicroK8s worker prints a sentence and exits 0), so that only what parses counts.
 * sudo is used only for what is there and closed to the user, and not again once it refused: each refusal is in the machine's log.
 * Commands are constants; the password goes to sudo's stdin and nowhere else.
 */
import type { ClusterError } from '../../domain/errors.js';
import type { Secret } from '../../domain/secret.js';
import { findClusterError, refused } from './dial-errors.js';
import { type Kubeconfig, parseKubeconfig } from './kubeconfig.js';
import type { ExecResult, SshTransport } from './ssh-transport.js';

/** `env LC_ALL=C`: refusals are recognised by their English words. `sh -c`: the login shell may be any. */
const SOURCES = [
  {
    name: 'microk8s config -l',
    plain: `sh -c 'LC_ALL=C PATH="$PATH:/snap/bin" exec microk8s config -l'`,
    sudo: [`env LC_ALL=C sudo -S -p '' microk8s config -l`, `env LC_ALL=C sudo -S -p '' /snap/bin/microk8s config -l`],
  },
  {
    name: '/etc/rancher/k3s/k3s.yaml',
    plain: 'env LC_ALL=C cat /etc/rancher/k3s/k3s.yaml',
    sudo: [`env LC_ALL=C sudo -S -p '' cat /etc/rancher/k3s/k3s.yaml`],
  },
  {
    name: '/etc/kubernetes/admin.conf',
    plain: 'env LC_ALL=C cat /etc/kubernetes/admin.conf',
    sudo: [`env LC_ALL=C sudo -S -p '' cat /etc/kubernetes/admin.conf`],
  },
  { name: '~/.kube/config', plain: `sh -c 'LC_ALL=C exec cat "$HOME/.kube/config"'`, sudo: [] },
] as const;

export interface FoundKubeconfig {
  readonly kubeconfig: Kubeconfig;
  readonly source: string;
}

const NOT_FOUND_EXIT = 127;
const IS_ABSENT = /not found|no such file|unknown command/i;
const SUDO_REFUSALS: readonly (readonly [RegExp, string])[] = [
  [
    /incorrect password|sorry, try again|authentication failure|no password was provided/i,
    'it does not accept the password',
  ],
  [/password is required|terminal is required/i, 'it wants a password, and none was given'],
  [/not in the sudoers|not allowed to execute|may not run sudo/i, 'the user may not use it'],
  [/sudo: (command )?not found|sudo: No such file/i, 'it is not installed'],
];

type Tried = { readonly source: string; readonly result: string };

class Discovery {
  readonly tried: Tried[] = [];
  sudoRefusal: string | null = null;
  /** A source was there and only sudo could have read it. */
  isLocked = false;
  /** The last kubeconfig that was there and could not be used. */
  unusable: ClusterError | null = null;

  constructor(
    private readonly transport: SshTransport,
    private readonly sudoPassword: Secret | null,
  ) {}

  async from(source: (typeof SOURCES)[number]): Promise<FoundKubeconfig | null> {
    const plain = await this.transport.exec(source.plain, null);
    const found = this.#parse(plain, source.name);
    if (found) return found;
    if (isAbsent(plain)) return this.#note(source.name, 'not there');
    for (const command of source.sudo) {
      if (this.sudoRefusal !== null) break;
      const result = await this.transport.exec(command, this.sudoPassword);
      this.sudoRefusal = refusalIn(result);
      const opened = this.#parse(result, `sudo ${source.name}`);
      if (opened) return opened;
    }
    this.isLocked ||= this.sudoRefusal !== null && source.sudo.length > 0;
    return this.#note(
      source.name,
      this.sudoRefusal === null ? 'no usable kubeconfig' : `sudo refused: ${this.sudoRefusal}`,
    );
  }

  #parse(result: ExecResult, source: string): FoundKubeconfig | null {
    if (!result.stdout.includes('clusters')) return null;
    try {
      return { kubeconfig: parseKubeconfig(result.stdout, null), source };
    } catch (error) {
      this.unusable = findClusterError(error);
      return null;
    }
  }

  #note(source: string, result: string): null {
    this.tried.push({ source, result });
    return null;
  }
}

function isAbsent(result: ExecResult): boolean {
  return result.code === NOT_FOUND_EXIT || (result.code !== 0 && IS_ABSENT.test(result.stderr));
}

function refusalIn(result: ExecResult): string | null {
  if (result.code === 0) return null;
  return SUDO_REFUSALS.find(([words]) => words.test(result.stderr))?.[1] ?? null;
}

/**
 * @throws ClusterError SUDO_REFUSED (a kubeconfig is there, but sudo does not open it), KUBERNETES_NOT_FOUND (details: `tried`),
 * KUBECONFIG_* (one is there, but cannot be used), and those of the connection
 */
export async function discoverKubeconfig(
  transport: SshTransport,
  sudoPassword: Secret | null,
): Promise<FoundKubeconfig> {
  const discovery = new Discovery(transport, sudoPassword);
  for (const source of SOURCES) {
    const found = await discovery.from(source);
    if (found) return found;
  }
  const { endpoint } = transport;
  const { tried, unusable, isLocked, sudoRefusal } = discovery;
  if (unusable) throw unusable;
  if (isLocked) throw refused('SUDO_REFUSED', `sudo on ${endpoint} refused: ${sudoRefusal}`, { endpoint, tried });
  const list = tried.map((each) => each.source).join(', ');
  throw refused('KUBERNETES_NOT_FOUND', `${endpoint} has no kubeconfig where Berth looks: ${list}`, {
    endpoint,
    tried,
  });
}
