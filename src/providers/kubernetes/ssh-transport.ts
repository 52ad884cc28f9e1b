/**
 * One logged-in SSH connection: runs fixed commands and opens channels to addresses inside the machine.
 * Promises: every wait is bounded; at most `ssh.maxExecChannels` commands run at once; a command prints at most
 * `ssh.maxExecOutputBytes`; `lost` aborts as soon as the connection is gone, with the reason.
 * Commands are constants of ours: nothing from outside is ever put into one. Passwords go to stdin.
 */
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import pLimit, { type LimitFunction } from 'p-limit';
import type { NodeSSH } from 'node-ssh';
import type { Client, ClientChannel, ParsedKey } from 'ssh2';
import type { ClusterError } from '../../domain/errors.js';
import type { Secret } from '../../domain/secret.js';
import type { SshConnection } from '../../domain/server.js';
import type { Settings, SshSettings } from '../../settings.js';
import type { AddressPolicy } from '../address-policy.js';
import type { OnStep } from '../cluster-provider.js';
import { bounded, dialTcp, endpointOf } from './dial.js';
import { refused } from './dial-errors.js';
import { channelError } from './ssh-errors.js';
import { type LoggedIn, login, type SshCredential } from './ssh-login.js';

export interface ExecResult {
  /** Null when the command was killed or the connection broke: only 0 is success. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SshSurroundings {
  readonly policy: AddressPolicy;
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly passed: OnStep;
}

export class SshTransport {
  readonly #ssh: NodeSSH;
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #settings: SshSettings;
  readonly #lost = new AbortController();
  readonly #execs: LimitFunction;

  private constructor(
    readonly endpoint: string,
    socket: Socket,
    { ssh, client, hostKeyError }: LoggedIn,
    settings: SshSettings,
  ) {
    this.#ssh = ssh;
    this.#client = client;
    this.#socket = socket;
    this.#settings = settings;
    this.#execs = pLimit(settings.maxExecChannels);
    const lost = (why: string): void =>
      this.#lost.abort(
        hostKeyError() ?? refused('CONNECTION_LOST', `The SSH connection to ${endpoint} ${why}`, { endpoint }),
      );
    client.on('error', (error) => lost('level' in error && error.level === 'client-timeout' ? 'went silent' : 'broke'));
    client.on('close', () => lost('was closed'));
  }

  /**
   * @param key of `privateKeyOf(credential)`: decrypting one keeps the event loop busy for 0.3 s, so it is done once per link
   * @throws ClusterError of the address policy, the dial or the login
   */
  static async open(
    connection: SshConnection,
    credential: SshCredential,
    key: ParsedKey | null,
    { policy, settings, signal, passed }: SshSurroundings,
  ): Promise<SshTransport> {
    const { host, port, username, hostKey } = connection;
    const endpoint = endpointOf(host, port);
    const { keepaliveSeconds, keepaliveMisses, connectTimeoutSeconds } = settings.ssh;
    const bounds = { timeoutMs: connectTimeoutSeconds * 1_000, signal };
    const socket = await dialTcp(await policy.check(host, port), bounds);
    passed('link');
    const order = { endpoint, username, hostKey, credential, key, keepaliveSeconds, keepaliveMisses };
    const loggedIn = await login(socket, order, bounds);
    passed('login');
    return new SshTransport(endpoint, socket, loggedIn, settings.ssh);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** @throws ClusterError when the command cannot be run or bounded; a command that fails is a result */
  exec(command: string, stdin: Secret | null): Promise<ExecResult> {
    return this.#execs(() => this.#exec(command, stdin));
  }

  async #exec(command: string, stdin: Secret | null): Promise<ExecResult> {
    let channel: ClientChannel | null = null;
    return bounded<ExecResult>(
      { timeoutMs: this.#settings.execTimeoutSeconds * 1_000, signal: this.lost },
      () =>
        refused('CONNECTION_TIMEOUT', `A command on ${this.endpoint} did not end in time`, { endpoint: this.endpoint }),
      (resolve, reject) => {
        let bytes = 0;
        const count = (chunk: Buffer): void => {
          bytes += chunk.length;
          if (bytes <= this.#settings.maxExecOutputBytes) return;
          reject(refused('SSH_PROTOCOL_ERROR', `A command on ${this.endpoint} printed too much`));
        };
        this.#ssh
          .execCommand(command, {
            onChannel: (opened) => {
              channel = opened;
              opened.on('error', () => {});
            },
            onStdout: count,
            onStderr: count,
            noTrim: true,
            ...(stdin ? { stdin: `${stdin.reveal()}\n` } : {}),
          })
          .then(
            ({ code, stdout, stderr }) => resolve({ code, stdout, stderr }),
            (error: Error) => reject(channelError(error, this.endpoint, null)),
          );
      },
      () => channel?.destroy(),
    );
  }

  /**
   * A channel to `host:port` as the remote machine sees it.
   * @throws ClusterError SSH_FORWARDING_DENIED, KUBERNETES_UNAVAILABLE (nothing listens), CONNECTION_LOST, CONNECTION_TIMEOUT
   */
  forward(host: string, port: number): Promise<Duplex> {
    const target = endpointOf(host, port);
    let isOver = false;
    return bounded<Duplex>(
      { timeoutMs: this.#settings.forwardTimeoutSeconds * 1_000, signal: this.lost },
      () =>
        refused('CONNECTION_TIMEOUT', `${this.endpoint} did not reach ${target} in time`, {
          endpoint: this.endpoint,
          target,
        }),
      (resolve, reject) => {
        this.#client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
          if (error) return reject(channelError(error, this.endpoint, target));
          if (isOver) return channel.destroy();
          channel.on('error', () => {});
          resolve(channel);
        });
      },
      () => {
        isOver = true;
      },
    );
  }

  /** Says goodbye and closes. Never throws; twice is once. */
  close(reason: ClusterError): void {
    this.#lost.abort(reason);
    this.#client.end();
    this.#socket.destroySoon();
  }
}
