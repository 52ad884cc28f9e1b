import { Injectable } from '@nestjs/common';
import type { HostKey } from '../../domain/server.js';
import { Settings } from '../../settings.js';
import { AddressPolicy } from '../address-policy.js';
import type { CallOptions } from '../cluster-provider.js';
import { HostKeyProbe } from '../provider-registry.js';
import { bounded, dialTcp, endpointOf } from './dial.js';
import { refused } from './dial-errors.js';
import { algorithms } from './ssh-algorithms.js';
import { loginError } from './ssh-errors.js';
import { hostKeyOf } from './ssh-host-key.js';

const NOBODY = { username: '', credential: { kind: 'none' } };

/** Connects, takes the host key, and hangs up before authentication begins: no user name and no credential is sent. */
@Injectable()
export class SshHostKeyProbe extends HostKeyProbe {
  constructor(
    private readonly policy: AddressPolicy,
    private readonly settings: Settings,
  ) {
    super();
  }

  /** @throws ClusterError ADDRESS_NOT_ALLOWED, HOST_NOT_FOUND, CONNECTION_*, SSH_PROTOCOL_ERROR */
  async hostKey(host: string, port: number, options: CallOptions): Promise<HostKey> {
    const endpoint = endpointOf(host, port);
    const timeoutMs = Math.min(options.timeoutMs, this.settings.ssh.connectTimeoutSeconds * 1_000);
    const bounds = { timeoutMs, signal: options.signal ?? new AbortController().signal };
    // Loaded when first needed, and before there is a socket: from then on each needs its listeners.
    const { default: ssh2 } = await import('ssh2');
    const socket = await dialTcp(await this.policy.check(host, port), bounds);
    const client = new ssh2.Client();
    try {
      return await bounded<HostKey>(
        bounds,
        () => refused('CONNECTION_TIMEOUT', `${endpoint} did not show its host key in time`, { endpoint }),
        (resolve, reject) => {
          client.on('error', (error) => reject(loginError(error, { endpoint, ...NOBODY }, [])));
          client.on('close', () =>
            reject(refused('SSH_PROTOCOL_ERROR', `${endpoint} hung up before it showed a host key`)),
          );
          client.connect({
            sock: socket,
            // Never sent: the verifier below ends the handshake.
            username: 'nobody',
            algorithms: algorithms(null),
            readyTimeout: 0,
            hostVerifier: (blob: Buffer) => {
              resolve(hostKeyOf(blob));
              return false;
            },
          });
        },
        () => {},
      );
    } finally {
      socket.destroy();
    }
  }
}
