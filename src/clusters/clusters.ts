/**
 * From a server's record to its open cluster: the one place where sealed credentials and providers meet.
 * A credential is unsealed only to open a connection, and kept by nobody here.
 */
import { Injectable } from '@nestjs/common';
import type { Credential, ServerRecord } from '../domain/server.js';
import type { ClusterProvider } from '../providers/cluster-provider.js';
import { ProviderRegistry } from '../providers/provider-registry.js';
import { SecretBox } from '../state/secret-box.js';
import { decodeCredential, encodeCredential } from './credential-codec.js';

/** Sealing binds the box to its server and field, so that a box moved to another server does not open. */
const contextOf = (serverId: string): string => `${serverId}/credential/1`;

@Injectable()
export class Clusters {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly box: SecretBox,
  ) {}

  /** Touches no network. @throws BerthError CREDENTIAL_UNREADABLE; ClusterError CLOSED when the record is older than the open connection. */
  of(server: ServerRecord): ClusterProvider {
    return this.registry.find(server.id, server.connectionRevision) ?? this.#open(server);
  }

  /** Ends every call to the server; the next `of` connects anew. */
  close(serverId: string): Promise<void> {
    return this.registry.close(serverId);
  }

  /** The credential as a server's record holds it. */
  seal(serverId: string, credential: Credential): NonNullable<ServerRecord['credential']> {
    return { kind: credential.kind, sealed: this.box.seal(encodeCredential(credential), contextOf(serverId)) };
  }

  #open(server: ServerRecord): ClusterProvider {
    const { id: serverId, connectionRevision, connection, namespace } = server;
    const credential =
      server.credential && decodeCredential(this.box.open(server.credential.sealed, contextOf(serverId)));
    return this.registry.open({ serverId, connectionRevision, connection, credential, namespace });
  }
}
