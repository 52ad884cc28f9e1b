/** Turns what a user said about reaching a machine into a connection and its credential. Sends no credential anywhere. */
import { Injectable } from '@nestjs/common';
import { fromAmounts } from '../domain/amounts.js';
import { BerthError, ClusterError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { Credential, HostKey, SandboxConnection, SandboxScene, ServerConnection } from '../domain/server.js';
import { HostKeyProbe, KubeconfigReader } from '../providers/provider-registry.js';
import { Settings } from '../settings.js';
import type { KubeconfigDto, ReachDto, SandboxDto, SshDto } from './register.dto.js';

export interface Reach {
  readonly connection: ServerConnection;
  readonly credential: Credential | null;
}

const SSH_PORT = 22;
const secret = (text: string | undefined): Secret | null => (text === undefined ? null : new Secret(text));

function invalid(field: string, message: string): BerthError {
  return new BerthError('INVALID_REQUEST', `${field}: ${message}`, { errors: [{ field, message }] });
}

function sshCredential(dto: SshDto): Credential {
  if ((dto.password === undefined) === (dto.privateKey === undefined)) {
    throw invalid('ssh', 'give either password or privateKey');
  }
  if (dto.password !== undefined) return { kind: 'password', password: new Secret(dto.password) };
  return {
    kind: 'private-key',
    privateKey: new Secret(dto.privateKey ?? ''),
    passphrase: secret(dto.passphrase),
    sudoPassword: secret(dto.sudoPassword),
  };
}

function sandboxScene(dto: SandboxDto): SandboxScene | null {
  const { neighboursPerNode, changesPerMinute, trouble } = dto;
  if (neighboursPerNode === undefined && changesPerMinute === undefined && trouble === undefined) return null;
  return {
    neighboursPerNode: neighboursPerNode ?? 2,
    changesPerMinute: changesPerMinute ?? 0,
    trouble: trouble ?? 'none',
  };
}

function sandboxConnection(dto: SandboxDto): SandboxConnection {
  const perNode = fromAmounts({
    cpus: dto.cpusPerNode ?? 8,
    memoryGiB: dto.memoryGiBPerNode ?? 32,
    storageGiB: dto.storageGiBPerNode ?? 100,
    gpus: dto.gpusPerNode ?? 0,
  });
  const scene = sandboxScene(dto);
  return {
    ...(scene ? { scene } : {}),
    kind: 'sandbox',
    seed: dto.seed ?? 1,
    nodeCount: dto.nodes ?? 2,
    cpuMilliPerNode: perNode.cpuMilli,
    memoryBytesPerNode: perNode.memoryBytes,
    storageBytesPerNode: perNode.storageBytes,
    gpuCountPerNode: perNode.gpuCount,
    latencyMs: dto.latencyMs ?? 20,
    failureRate: dto.failureRate ?? 0,
  };
}

@Injectable()
export class ServerReach {
  constructor(
    private readonly hostKeys: HostKeyProbe,
    private readonly kubeconfigs: KubeconfigReader,
    private readonly settings: Settings,
  ) {}

  /** @throws BerthError INVALID_REQUEST, HOST_KEY_UNCONFIRMED, HOST_KEY_CHANGED, KUBECONFIG_…, and what reaching the machine throws. */
  async resolve(dto: ReachDto): Promise<Reach> {
    const given = [dto.ssh, dto.kubeconfig, dto.inCluster, dto.sandbox].filter((each) => each !== undefined);
    if (given.length !== 1) throw invalid('ssh', 'give exactly one of ssh, kubeconfig, inCluster and sandbox');
    if (dto.ssh) return this.#ssh(dto.ssh);
    if (dto.kubeconfig) return this.#kubeconfig(dto.kubeconfig);
    if (dto.sandbox) return { connection: sandboxConnection(dto.sandbox), credential: null };
    return { connection: { kind: 'in-cluster' }, credential: null };
  }

  /** The key that the machine shows now. */
  hostKey(host: string, port: number | undefined): Promise<HostKey> {
    return this.hostKeys.hostKey(host, port ?? SSH_PORT, { timeoutMs: this.settings.ssh.connectTimeoutSeconds * 1000 });
  }

  async #ssh(dto: SshDto): Promise<Reach> {
    const credential = sshCredential(dto);
    const { host, port = SSH_PORT, username, useTunnel = true } = dto;
    const hostKey = await this.confirmedKey(dto);
    return { connection: { kind: 'ssh', host, port, username, hostKey, useTunnel }, credential };
  }

  /** The key that the machine shows, if it is the one confirmed. @throws BerthError HOST_KEY_UNCONFIRMED, HOST_KEY_CHANGED */
  async confirmedKey(claim: Pick<SshDto, 'host' | 'port' | 'hostKeyFingerprint'>): Promise<HostKey> {
    const { host, port = SSH_PORT, hostKeyFingerprint } = claim;
    const shown = await this.hostKey(host, port);
    const details = { host, port, hostKeyType: shown.type, hostKeyFingerprint: shown.fingerprint };
    if (hostKeyFingerprint === undefined) {
      const message = `${host}:${port} shows the ${shown.type} host key ${shown.fingerprint}, which nobody has confirmed. No credential was sent.`;
      throw new BerthError('HOST_KEY_UNCONFIRMED', message, details);
    }
    if (hostKeyFingerprint.replace(/=$/, '') !== shown.fingerprint) {
      const message = `${host}:${port} shows ${shown.fingerprint}, not the confirmed ${hostKeyFingerprint}. No credential was sent.`;
      throw new ClusterError('HOST_KEY_CHANGED', message, 'refused', details);
    }
    return shown;
  }

  #kubeconfig(dto: KubeconfigDto): Reach {
    const context = dto.context ?? null;
    const kubeconfig = new Secret(dto.text);
    const apiServer = this.kubeconfigs.apiServer(kubeconfig, context);
    return { connection: { kind: 'kubeconfig', apiServer, context }, credential: { kind: 'kubeconfig', kubeconfig } };
  }
}
