/**
 * Reaches a Kubernetes API through a machine's SSH server: one connection, a kubeconfig read from the machine and kept in memory only,
 * and, with `useTunnel`, forwarded channels to exactly the address that the kubeconfig names.
 */
import { isIPv4 } from 'node:net';
import type { ParsedKey } from 'ssh2';
import type { ClusterError } from '../../domain/errors.js';
import type { SshConnection } from '../../domain/server.js';
import type { Settings } from '../../settings.js';
import type { AddressPolicy } from '../address-policy.js';
import type { OnStep } from '../cluster-provider.js';
import { dialTcp, endpointOf } from './dial.js';
import { refused } from './dial-errors.js';
import { discoverKubeconfig, type FoundKubeconfig } from './kubeconfig-discovery.js';
import type { PinnedSession, SessionOrder } from './pinned-session.js';
import { SharedKubeLink } from './shared-kube-link.js';
import type { SshCredential } from './ssh-login.js';
import type { SshTransport } from './ssh-transport.js';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** How the API server is dialled, and what its certificate must name. */
type Way = Pick<SessionOrder, 'dial'> & { readonly endpoint: string; readonly verifiedName: string };

export class SshKubeLink extends SharedKubeLink {
  #transport: SshTransport | null = null;
  #found: FoundKubeconfig | null = null;
  #key: ParsedKey | null = null;

  constructor(
    private readonly connection: SshConnection,
    private readonly credential: SshCredential,
    private readonly policy: AddressPolicy,
    private readonly settings: Settings,
  ) {
    super();
  }

  protected override async connect(signal: AbortSignal, passed: OnStep): Promise<PinnedSession> {
    if (!this.connection.useTunnel && this.#found) return this.#direct(this.#found, signal);
    const transport = await this.#connected(signal, passed);
    const { credential } = this;
    const sudoPassword = credential.kind === 'password' ? credential.password : credential.sudoPassword;
    this.#found ??= await discoverKubeconfig(transport, sudoPassword);
    passed('find');
    if (this.connection.useTunnel) return this.#tunnelled(transport, this.#found, signal);
    transport.close(refused('CLOSED', 'SSH was needed for the kubeconfig only'));
    return this.#direct(this.#found, signal);
  }

  protected override release(reason: ClusterError): void {
    this.#found = null;
    this.#key = null;
    this.#transport?.close(reason);
  }

  async #connected(signal: AbortSignal, passed: OnStep): Promise<SshTransport> {
    if (this.#transport && !this.#transport.lost.aborted) return this.#transport;
    const { connection, credential, policy, settings } = this;
    // With them comes ssh2, 0.1 s and 15 MB: not at the start, and never where no server is reached by SSH.
    const [{ privateKeyOf }, { SshTransport }] = await Promise.all([
      import('./ssh-login.js'),
      import('./ssh-transport.js'),
    ]);
    signal.throwIfAborted();
    this.#key ??= privateKeyOf(credential);
    this.#transport = await SshTransport.open(connection, credential, this.#key, {
      policy,
      settings,
      signal,
      passed,
    });
    // Closed while it logged in: the link has already released what it knew of.
    if (signal.aborted) this.#transport.close(signal.reason as ClusterError);
    return this.#transport;
  }

  async #tunnelled(transport: SshTransport, found: FoundKubeconfig, signal: AbortSignal): Promise<PinnedSession> {
    const { host, port, tlsServerName } = found.kubeconfig;
    const way = {
      endpoint: `${endpointOf(host, port)} on ${transport.endpoint}`,
      verifiedName: tlsServerName ?? host,
      dial: () => transport.forward(host, port),
    };
    const session = await this.#session(found, way, signal);
    const onLost = (): void => session.break(transport.lost.reason as ClusterError);
    transport.lost.addEventListener('abort', onLost, { once: true });
    session.broken.addEventListener('abort', () => transport.lost.removeEventListener('abort', onLost), { once: true });
    if (transport.lost.aborted) onLost();
    return session;
  }

  /** The kubeconfig's own address; the machine's when that is a loopback. The certificate must be for what is dialled. */
  async #direct(found: FoundKubeconfig, signal: AbortSignal): Promise<PinnedSession> {
    const { host: written, port, tlsServerName } = found.kubeconfig;
    const host = isLoopback(written) ? this.connection.host : written;
    const way: Way = {
      endpoint: endpointOf(host, port),
      verifiedName: tlsServerName ?? host,
      dial: async (bounds) => dialTcp(await this.policy.check(host, port), bounds),
    };
    const session = await this.#session(found, way, signal);
    return session.verify(signal);
  }

  async #session(found: FoundKubeconfig, way: Way, signal: AbortSignal): Promise<PinnedSession> {
    const { kubeconfig, source } = found;
    const { host, port, caPem, client, baseUrl, token } = kubeconfig;
    const { endpoint, verifiedName, dial } = way;
    const session = await this.newSession(
      {
        server: { host, port, endpoint, verifiedName, caPem, client },
        baseUrl,
        dial,
        token: () => token,
        isTunnelled: this.connection.useTunnel,
        kubeconfigSource: source,
      },
      this.settings.kubernetes,
      signal,
    );
    session.discarded.addEventListener('abort', () => (this.#found = null), { once: true });
    return session;
  }
}
