/**
 * The open clusters, at most one per server.
 * Invariant: for one server only the newest connection revision is open; opening a newer one closes the older, and an older one
 * cannot be opened again.
 */
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { BerthError, ClusterError } from '../domain/errors.js';
import type { Secret } from '../domain/secret.js';
import type { ConnectionKind, HostKey } from '../domain/server.js';
import type { CallOptions, ClusterProvider, ClusterTarget } from './cluster-provider.js';

/** Opens a server's cluster for a kind of connection. Registered once per kind in ProvidersModule. */
export abstract class ProviderFactory {
  abstract open(target: ClusterTarget): ClusterProvider;
}

/** Asks an SSH server for its host key; sends no credential. */
export abstract class HostKeyProbe {
  abstract hostKey(host: string, port: number, options: CallOptions): Promise<HostKey>;
}

/** Reads a kubeconfig without following anything in it. */
export abstract class KubeconfigReader {
  /** The API server's address that the context names. @throws BerthError KUBECONFIG_INVALID, KUBECONFIG_FIELD_NOT_ALLOWED */
  abstract apiServer(kubeconfig: Secret, context: string | null): string;
}

/** Which factory opens which kind of connection. */
export class ProviderFactories {
  constructor(private readonly byKind: Readonly<Partial<Record<ConnectionKind, ProviderFactory>>>) {}

  get(kind: ConnectionKind): ProviderFactory {
    const factory = this.byKind[kind];
    if (!factory) throw new BerthError('INTERNAL', `No provider is registered for connections of kind ${kind}.`);
    return factory;
  }
}

@Injectable()
export class ProviderRegistry implements OnApplicationShutdown {
  readonly #open = new Map<string, { readonly revision: number; readonly provider: ClusterProvider }>();
  #isStopping = false;

  constructor(private readonly factories: ProviderFactories) {}

  /** The provider that is open for exactly this revision. */
  find(serverId: string, connectionRevision: number): ClusterProvider | undefined {
    const entry = this.#open.get(serverId);
    return entry?.revision === connectionRevision ? entry.provider : undefined;
  }

  /** @throws ClusterError CLOSED when a newer revision is open, SHUTTING_DOWN after `closeAll`. */
  open(target: ClusterTarget): ClusterProvider {
    const { serverId, connectionRevision } = target;
    if (this.#isStopping) throw new ClusterError('SHUTTING_DOWN', 'Berth is stopping.', 'refused');
    const entry = this.#open.get(serverId);
    if (entry?.revision === connectionRevision) return entry.provider;
    if (entry && entry.revision > connectionRevision) {
      throw new ClusterError('CLOSED', 'The connection was edited meanwhile.', 'refused', { serverId });
    }
    const provider = this.factories.get(target.connection.kind).open(target);
    this.#open.set(serverId, { revision: connectionRevision, provider });
    void entry?.provider.close();
    return provider;
  }

  /** Ends every call to the server. The next `open` connects anew. */
  async close(serverId: string): Promise<void> {
    const entry = this.#open.get(serverId);
    this.#open.delete(serverId);
    await entry?.provider.close();
  }

  /** For good: nothing opens any more. */
  async closeAll(): Promise<void> {
    this.#isStopping = true;
    await Promise.all([...this.#open.keys()].map((serverId) => this.close(serverId)));
  }

  async onApplicationShutdown(): Promise<void> {
    await this.closeAll();
  }
}
