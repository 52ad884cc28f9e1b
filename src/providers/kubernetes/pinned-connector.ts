/**
 * Opens TLS connections to one API server, and to nothing else.
 * Promises: the certificate is verified against the kubeconfig's own CA and for one name, whatever the environment says
 * (NODE_TLS_REJECT_UNAUTHORIZED included); any other host or port is refused before a byte is sent, so that a redirect leads nowhere.
 */
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import type { buildConnector } from 'undici';
import type { ClusterError } from '../../domain/errors.js';
import type { Secret } from '../../domain/secret.js';
import { type Bounds, bounded } from './dial.js';
import { dialError, refused } from './dial-errors.js';

export interface PinnedServer {
  /** As in the URL of requests; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** What people know it by, for messages. */
  readonly endpoint: string;
  /** The name or address that the certificate must have. */
  readonly verifiedName: string;
  readonly caPem: string;
  readonly client: { readonly certificatePem: string; readonly keyPem: Secret } | null;
}

/** Opens the bytes below TLS: a TCP connection or an SSH channel. */
export type Dial = (bounds: Bounds) => Promise<Duplex>;

/** @throws ClusterError of the dial, CERTIFICATE_*, KUBERNETES_BAD_RESPONSE when it is not TLS */
async function openTls(server: PinnedServer, dial: Dial, bounds: Bounds): Promise<TLSSocket> {
  const { endpoint, verifiedName, client } = server;
  const startedAt = performance.now();
  const stream = await dial(bounds);
  let socket: TLSSocket | null = null;
  return bounded<TLSSocket>(
    { ...bounds, timeoutMs: Math.max(1, bounds.timeoutMs - (performance.now() - startedAt)) },
    () => refused('CONNECTION_TIMEOUT', `${endpoint} did not finish the TLS handshake in time`, { endpoint }),
    (resolve, reject) => {
      const opened = connectTls({
        socket: stream,
        ...(isIP(verifiedName) === 0 && { servername: verifiedName }),
        checkServerIdentity: (_name, certificate) => checkServerIdentity(verifiedName, certificate),
        ca: server.caPem,
        // A CA in a kubeconfig may be an intermediate one; Kubernetes' own clients take it as the end of the chain.
        allowPartialTrustChain: true,
        ...(client && { cert: client.certificatePem, key: client.keyPem.reveal() }),
        rejectUnauthorized: true,
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
      });
      socket = opened;
      opened.once('secureConnect', () => resolve(opened));
      opened.on('error', (error) => reject(dialError(error, endpoint)));
      opened.once('close', () => reject(refused('CONNECTION_LOST', `${endpoint} hung up during the TLS handshake`)));
    },
    () => {
      socket?.destroy();
      stream.destroy();
    },
  );
}

export class PinnedConnector {
  #spare: TLSSocket | null = null;
  #expiresAt: string | null = null;

  constructor(
    private readonly server: PinnedServer,
    private readonly dial: Dial,
    private readonly bounds: Bounds,
    /** Told of every dial that failed. */
    private readonly onFailure: (error: ClusterError) => void = () => {},
  ) {}

  /** End of the certificate that the last handshake showed; null before one. */
  get certificateExpiresAt(): string | null {
    return this.#expiresAt;
  }

  /** Connects now and keeps the socket for the first request. @throws ClusterError */
  async verify(): Promise<void> {
    const socket = await this.#open();
    this.#spare = socket;
    socket.once('close', () => (this.#spare = null));
  }

  /** For undici's `connect` option. */
  readonly connect: buildConnector.connector = (options, callback) => {
    void this.#handOver(options, callback);
  };

  close(): void {
    this.#spare?.destroy();
  }

  async #handOver(options: buildConnector.Options, callback: buildConnector.Callback): Promise<void> {
    // undici misses an answer that comes while it is still asking, and the request then waits for ever.
    await Promise.resolve();
    let socket: TLSSocket;
    try {
      this.#refuseOthers(options);
      const spare = this.#spare;
      this.#spare = null;
      socket = spare && !spare.destroyed ? spare : await this.#open();
    } catch (error) {
      callback(error as ClusterError, null);
      return;
    }
    callback(null, socket);
  }

  #refuseOthers({ protocol, hostname, port }: buildConnector.Options): void {
    const { host, port: pinnedPort, endpoint } = this.server;
    if (protocol === 'https:' && hostname.replace(/^\[|\]$/g, '') === host && Number(port || 443) === pinnedPort)
      return;
    throw refused('ADDRESS_NOT_ALLOWED', `Requests to ${endpoint} may not lead anywhere else`);
  }

  async #open(): Promise<TLSSocket> {
    try {
      const socket = await openTls(this.server, this.dial, this.bounds);
      const { valid_to } = socket.getPeerCertificate();
      this.#expiresAt = valid_to ? new Date(valid_to).toISOString() : null;
      return socket;
    } catch (error) {
      const translated = dialError(error, this.server.endpoint);
      this.onFailure(translated);
      throw translated;
    }
  }
}
