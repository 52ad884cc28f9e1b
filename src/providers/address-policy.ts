/**
 * Decides which addresses Berth may connect to, before it does.
 * Promises: a host is resolved once, every address it has is checked, and only what was checked is connected to, so that a name
 * that changes its address between check and use (DNS rebinding) gains nothing.
 * Private ranges are allowed: machines on them are what Berth is for. Blocked are this computer, its link, cloud metadata
 * services, and what is no single machine; `network.allowedCidrs` overrules every block.
 * Not asked for what lies behind an SSH tunnel, which connects from the remote machine, nor for the cluster that Berth runs in.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv4, isIPv6 } from 'node:net';
import { Injectable } from '@nestjs/common';
import { ClusterError } from '../domain/errors.js';
import { Settings } from '../settings.js';

export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** A host whose every address may be connected to; at least one. */
export interface CheckedHost {
  readonly host: string;
  readonly port: number;
  readonly addresses: readonly CheckedAddress[];
}

const BLOCKED_IPV4 = [
  '0.0.0.0/8', // this network
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local, and the metadata service of most clouds
  '168.63.129.16/32', // Azure's wire server
  '100.100.100.200/32', // Alibaba Cloud's metadata service
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
];
const BLOCKED_IPV6 = [
  '::/128', // unspecified
  '::1/128', // loopback
  'fe80::/10', // link-local
  'ff00::/8', // multicast
  'fd00:ec2::/32', // AWS's metadata service
  'fd20:ce::254/128', // Google Cloud's metadata service
];

const LOOKUP_TIMEOUT_MS = 5_000;
const NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)\.?$/i;
/** `127.1`, `0177.0.0.1`, `2130706433`, `0x7f.1`: resolvers read a name whose last label is a number as an IPv4 address. */
const ENDS_IN_A_NUMBER = /(^|\.)(\d+|0x[0-9a-f]*)\.?$/i;

/** The IPv6 spellings of an IPv4 network: NAT64, IPv4-compatible, 6to4. (`net.BlockList` knows IPv4-mapped itself.) */
function embeddings(network: string, prefix: number): (readonly [string, number])[] {
  const bytes = network.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  const words = `${bytes[0]}${bytes[1]}:${bytes[2]}${bytes[3]}`;
  return [
    [`64:ff9b::${words}`, 96 + prefix],
    [`::${words}`, 96 + prefix],
    [`2002:${words}::`, 16 + prefix],
  ];
}

function blockList(cidrs: readonly string[], setting: string): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [network = '', length = ''] = cidr.split('/');
    const family = isIP(network);
    const prefix = Number(length || (family === 4 ? 32 : 128));
    if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > (family === 4 ? 32 : 128)) {
      throw new Error(`${setting}: ${cidr} is not a network such as 10.0.0.0/8 or fd00::/8`);
    }
    list.addSubnet(network, prefix, family === 4 ? 'ipv4' : 'ipv6');
    if (family === 4) for (const [each, bits] of embeddings(network, prefix)) list.addSubnet(each, bits, 'ipv6');
  }
  return list;
}

@Injectable()
export class AddressPolicy {
  readonly #allowed: BlockList;
  readonly #blocked: BlockList;
  readonly #ports: ReadonlySet<number>;

  /** @throws Error that names a setting which is no network; Berth does not start with it. */
  constructor(settings: Settings) {
    const { allowedCidrs, blockedCidrs, allowedPorts } = settings.network;
    this.#allowed = blockList(allowedCidrs, 'network.allowedCidrs');
    this.#blocked = blockList([...BLOCKED_IPV4, ...BLOCKED_IPV6, ...blockedCidrs], 'network.blockedCidrs');
    this.#ports = new Set(allowedPorts);
  }

  /**
   * Resolves and checks `host`: a canonical IP address, or a DNS name.
   * @throws ClusterError ADDRESS_NOT_ALLOWED, HOST_NOT_FOUND; both `refused`
   */
  async check(host: string, port: number): Promise<CheckedHost> {
    if (!this.#ports.has(port)) {
      throw notAllowed(host, port, `port ${port} is not one of network.allowedPorts`);
    }
    const addresses = isIP(host) > 0 ? [host] : await this.#resolve(host, port);
    for (const address of addresses) {
      if (!this.#permits(address)) throw notAllowed(host, port, `${address} is in a blocked network`);
    }
    return { host, port, addresses: addresses.map((address) => ({ address, family: isIPv4(address) ? 4 : 6 })) };
  }

  async #resolve(host: string, port: number): Promise<readonly string[]> {
    if (!NAME.test(host) || ENDS_IN_A_NUMBER.test(host)) {
      throw notAllowed(host, port, 'it is neither a plain IP address nor a DNS name');
    }
    const timeout = AbortSignal.timeout(LOOKUP_TIMEOUT_MS);
    const late = new Promise<never>((_, reject) => {
      timeout.addEventListener('abort', () => reject(new Error('the name server did not answer')), { once: true });
    });
    const found = await Promise.race([this.lookup(host), late]).catch((error: unknown) => {
      throw new ClusterError(
        'HOST_NOT_FOUND',
        `${host} has no address that Berth can find`,
        'refused',
        { host },
        error,
      );
    });
    if (found.length === 0) throw new ClusterError('HOST_NOT_FOUND', `${host} has no address`, 'refused', { host });
    return found;
  }

  #permits(address: string): boolean {
    // A zone (`fe80::1%eth0`) names an interface of this computer; BlockList refuses to parse it.
    if (address.includes('%')) return false;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    return this.#allowed.check(address, family) || !this.#blocked.check(address, family);
  }

  /** All addresses of a name, as the operating system resolves it. */
  protected async lookup(host: string): Promise<readonly string[]> {
    return (await lookup(host, { all: true })).map((each) => each.address);
  }
}

function notAllowed(host: string, port: number, why: string): ClusterError {
  return new ClusterError('ADDRESS_NOT_ALLOWED', `Berth may not connect to ${host}:${port}: ${why}`, 'refused', {
    host,
    port,
  });
}
