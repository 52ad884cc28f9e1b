/**
 * Reaches the API of the cluster that Berth itself runs in, as its service account. Not subject to the address policy: the
 * address comes from the kubelet. The token is a file that the kubelet rewrites; it is read again every minute.
 */
import { readFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { Secret } from '../../domain/secret.js';
import type { Settings } from '../../settings.js';
import type { CheckedHost } from '../address-policy.js';
import { dialTcp, endpointOf } from './dial.js';
import { refused } from './dial-errors.js';
import type { PinnedSession } from './pinned-session.js';
import { SharedKubeLink } from './shared-kube-link.js';

const TOKEN_AGE_MS = 60_000;

/** Where the kubelet puts things. */
export interface PodEnvironment {
  readonly KUBERNETES_SERVICE_HOST?: string | undefined;
  readonly KUBERNETES_SERVICE_PORT?: string | undefined;
}

export const SERVICE_ACCOUNT_DIRECTORY = '/var/run/secrets/kubernetes.io/serviceaccount';

async function resolve(host: string, port: number): Promise<CheckedHost> {
  const found = isIP(host) > 0 ? [{ address: host, family: isIP(host) }] : await lookup(host, { all: true });
  return { host, port, addresses: found.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 })) };
}

export class InClusterLink extends SharedKubeLink {
  #token: { readonly secret: Secret; readonly readAtMs: number } | null = null;

  constructor(
    private readonly environment: PodEnvironment,
    private readonly directory: string,
    private readonly settings: Settings,
  ) {
    super();
  }

  protected override async connect(signal: AbortSignal): Promise<PinnedSession> {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT } = this.environment;
    const port = Number(KUBERNETES_SERVICE_PORT ?? 443);
    if (!host || !Number.isInteger(port)) throw refused('KUBERNETES_NOT_FOUND', 'Berth does not run inside a cluster');
    this.#token = null;
    this.#readToken();
    const endpoint = endpointOf(host, port);
    const session = await this.newSession(
      {
        server: { host, port, endpoint, verifiedName: host, caPem: this.#read('ca.crt'), client: null },
        baseUrl: `https://${endpoint}`,
        dial: async (bounds) => dialTcp(await resolve(host, port), bounds),
        token: () => this.#readToken(),
        isTunnelled: false,
        kubeconfigSource: '',
      },
      this.settings.kubernetes,
      signal,
    );
    return session.verify(signal);
  }

  protected override release(): void {
    this.#token = null;
  }

  /** The old token stays good for a while, so that a file that cannot be read now is no reason to fail. */
  #readToken(): Secret {
    const nowMs = performance.now();
    if (this.#token && nowMs - this.#token.readAtMs < TOKEN_AGE_MS) return this.#token.secret;
    try {
      this.#token = { secret: new Secret(this.#read('token').trim()), readAtMs: nowMs };
    } catch (error) {
      if (!this.#token) throw error;
    }
    return this.#token.secret;
  }

  #read(name: string): string {
    try {
      return readFileSync(join(this.directory, name), 'utf8');
    } catch (error) {
      throw refused('KUBERNETES_NOT_FOUND', `Berth has no service account here: ${name} cannot be read`, {}, error);
    }
  }
}
