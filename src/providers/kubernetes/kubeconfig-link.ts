/** Reaches a Kubernetes API directly, as a kubeconfig that the user gave says. */
import type { KubeconfigConnection } from '../../domain/server.js';
import type { Secret } from '../../domain/secret.js';
import type { Settings } from '../../settings.js';
import type { AddressPolicy } from '../address-policy.js';
import type { OnStep } from '../cluster-provider.js';
import { dialTcp, endpointOf } from './dial.js';
import { parseKubeconfig } from './kubeconfig.js';
import type { PinnedSession } from './pinned-session.js';
import { SharedKubeLink } from './shared-kube-link.js';

export class KubeconfigLink extends SharedKubeLink {
  constructor(
    private readonly connection: KubeconfigConnection,
    private readonly text: Secret,
    private readonly policy: AddressPolicy,
    private readonly settings: Settings,
  ) {
    super();
  }

  /** The name is resolved and checked for each socket, and only the checked address is dialled; TLS verifies the name. */
  protected override async connect(signal: AbortSignal, passed: OnStep): Promise<PinnedSession> {
    const { host, port, caPem, client, baseUrl, token, tlsServerName } = parseKubeconfig(
      this.text.reveal(),
      this.connection.context,
    );
    passed('find');
    const session = await this.newSession(
      {
        server: { host, port, endpoint: endpointOf(host, port), verifiedName: tlsServerName ?? host, caPem, client },
        baseUrl,
        dial: async (bounds) => dialTcp(await this.policy.check(host, port), bounds),
        token: () => token,
        isTunnelled: false,
        kubeconfigSource: '',
      },
      this.settings.kubernetes,
      signal,
    );
    return session.verify(signal);
  }

  protected override release(): void {}
}
