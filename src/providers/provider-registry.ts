import type { HostKey } from '../domain/server.js';
import type { CallOptions, ClusterProvider, ClusterTarget } from './cluster-provider.js';

/** Opens a server's cluster for a kind of connection. Registered once per kind in ProvidersModule. */
export abstract class ProviderFactory {
  abstract open(target: ClusterTarget): ClusterProvider;
}

/** Asks an SSH server for its host key; sends no credential. */
export abstract class HostKeyProbe {
  abstract hostKey(host: string, port: number, options: CallOptions): Promise<HostKey>;
}
