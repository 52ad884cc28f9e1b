/**
 * Reads a kubeconfig by an allowlist: inline certificates or a token for one https server, and nothing that could run a command,
 * open a file, use a proxy or skip verification. Pure: touches no file and no network.
 * Only the chosen context's cluster and user are read; what other contexts say is never followed, so it is not judged.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { Secret } from '../../domain/secret.js';
import { fieldNotAllowed, kubeconfigInvalid } from './kubeconfig-errors.js';
import { readKubeconfigYaml, type YamlMap, type YamlValue } from './kubeconfig-yaml.js';

/** All that is needed to reach and trust one API server. Names of clusters and users are gone: they mean nothing to us. */
export interface Kubeconfig {
  /** `https://host:port`, with a path when the kubeconfig has one, without a trailing slash. */
  readonly baseUrl: string;
  /** As in the URL, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The name that the server's certificate must have instead of `host`; null: `host`. */
  readonly tlsServerName: string | null;
  readonly caPem: string;
  readonly client: { readonly certificatePem: string; readonly keyPem: Secret } | null;
  readonly token: Secret | null;
  readonly namespace: string | null;
  readonly contextName: string;
}

const CLUSTER_FIELDS = new Set(['server', 'certificate-authority-data', 'tls-server-name']);
const USER_FIELDS = new Set(['client-certificate-data', 'client-key-data', 'token']);
const CONTEXT_FIELDS = new Set(['cluster', 'user', 'namespace']);
/** Written by common tools; changes nothing for us. */
const HARMLESS_FIELDS = new Set(['extensions', 'disable-compression']);
const WHY: Readonly<Record<string, string>> = {
  exec: 'commands are never run',
  'auth-provider': 'plugins are never run',
  'client-certificate': 'files are never opened; use client-certificate-data',
  'client-key': 'files are never opened; use client-key-data',
  'certificate-authority': 'files are never opened; use certificate-authority-data',
  tokenFile: 'files are never opened; use token',
  'proxy-url': 'proxies are never used',
  'insecure-skip-tls-verify': 'the certificate of a cluster is always verified',
  username: 'basic authentication is not used',
  password: 'basic authentication is not used',
};

const DNS_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const NAME = /^[a-zA-Z0-9.:_-]{1,253}$/;
const TOKEN = /^[\x21-\x7e]{1,16384}$/;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

function textOf(map: YamlMap, field: string): string | null {
  const value = map.get(field);
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string') throw kubeconfigInvalid(`\`${field}\` is not a text`);
  return value;
}

/** The `name: …, <field>: {…}` entry with this name. */
function entry(list: YamlValue | undefined, name: string, field: string): YamlMap {
  const entries = Array.isArray(list) ? (list as readonly YamlValue[]) : [];
  const found = entries.filter((each): each is YamlMap => each instanceof Map && each.get('name') === name);
  if (found.length === 0) throw kubeconfigInvalid(`it has no ${field} named "${name.slice(0, 80)}"`);
  if (found.length > 1) throw kubeconfigInvalid(`it has more than one ${field} named "${name.slice(0, 80)}"`);
  const value = found[0]?.get(field);
  if (!(value instanceof Map)) throw kubeconfigInvalid(`the ${field} named "${name.slice(0, 80)}" is empty`);
  return value;
}

function allow(map: YamlMap, fields: ReadonlySet<string>): void {
  for (const [field, value] of map) {
    if (fields.has(field) || HARMLESS_FIELDS.has(field)) continue;
    if (field === 'insecure-skip-tls-verify' && value === 'false') continue;
    throw fieldNotAllowed(field.slice(0, 80), WHY[field] ?? 'Berth does not know this field and will not guess');
  }
}

function decoded(map: YamlMap, field: string): string | null {
  const text = textOf(map, field)?.replace(/\s/g, '') ?? null;
  if (text === null) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw kubeconfigInvalid(`\`${field}\` is not base64`);
  return Buffer.from(text, 'base64').toString('latin1');
}

function certificates(map: YamlMap, field: string): string | null {
  const pem = decoded(map, field);
  if (pem === null) return null;
  const blocks = pem.match(PEM_CERTIFICATE) ?? [];
  try {
    blocks.forEach((block) => new X509Certificate(block));
  } catch {
    throw kubeconfigInvalid(`\`${field}\` holds a certificate that cannot be read`);
  }
  if (blocks.length === 0) throw kubeconfigInvalid(`\`${field}\` holds no certificate`);
  return `${blocks.join('\n')}\n`;
}

function clientOf(user: YamlMap): Kubeconfig['client'] {
  const certificatePem = certificates(user, 'client-certificate-data');
  const keyPem = decoded(user, 'client-key-data');
  if (certificatePem === null && keyPem === null) return null;
  if (certificatePem === null || keyPem === null) {
    throw kubeconfigInvalid('a client certificate needs both `client-certificate-data` and `client-key-data`');
  }
  let isPair = false;
  try {
    isPair = new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    throw kubeconfigInvalid('`client-key-data` holds no readable private key');
  }
  if (!isPair) throw kubeconfigInvalid('`client-key-data` does not belong to `client-certificate-data`');
  return { certificatePem, keyPem: new Secret(keyPem) };
}

function serverOf(cluster: YamlMap): Pick<Kubeconfig, 'baseUrl' | 'host' | 'port'> {
  const server = textOf(cluster, 'server');
  if (server === null) throw kubeconfigInvalid('its cluster has no `server`');
  if (/^http:/i.test(server)) throw fieldNotAllowed('server', 'only https is used');
  const url = URL.parse(server);
  const spelled = /^https:\/\/([^/?#]*)/i.exec(server)?.[1] ?? '';
  // A URL parser turns 0177.1 into 127.0.0.1; what was not written that way is not meant that way.
  if (
    !url ||
    url.protocol !== 'https:' ||
    (url.host !== spelled.toLowerCase() && `${url.host}:443` !== spelled.toLowerCase())
  ) {
    throw kubeconfigInvalid('its `server` is not a plain https address');
  }
  if (url.search || url.hash) throw kubeconfigInvalid('its `server` has a query');
  return {
    baseUrl: `https://${url.host}${url.pathname.replace(/\/+$/, '')}`,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || 443),
  };
}

/**
 * @param context null: the current one
 * @throws ClusterError KUBECONFIG_INVALID, KUBECONFIG_FIELD_NOT_ALLOWED (details: `field`)
 */
export function parseKubeconfig(text: string, context: string | null): Kubeconfig {
  const root = readKubeconfigYaml(text);
  if (!root.has('clusters') && !root.has('users')) throw kubeconfigInvalid('it is not a kubeconfig');
  const contextName = context ?? textOf(root, 'current-context');
  if (contextName === null) throw kubeconfigInvalid('it has no current context; name one');
  const chosen = entry(root.get('contexts'), contextName, 'context');
  allow(chosen, CONTEXT_FIELDS);
  const cluster = entry(root.get('clusters'), textOf(chosen, 'cluster') ?? '', 'cluster');
  const user = entry(root.get('users'), textOf(chosen, 'user') ?? '', 'user');
  allow(cluster, CLUSTER_FIELDS);
  allow(user, USER_FIELDS);
  const server = serverOf(cluster);
  const caPem = certificates(cluster, 'certificate-authority-data');
  if (caPem === null)
    throw kubeconfigInvalid('its cluster has no `certificate-authority-data`, so nothing could be trusted');
  const client = clientOf(user);
  const token = textOf(user, 'token');
  if (token !== null && !TOKEN.test(token)) throw kubeconfigInvalid('its `token` is not one word');
  if (client === null && token === null)
    throw kubeconfigInvalid('its user has neither a client certificate nor a token');
  const tlsServerName = textOf(cluster, 'tls-server-name');
  if (tlsServerName !== null && !NAME.test(tlsServerName))
    throw kubeconfigInvalid('its `tls-server-name` is not a name');
  const namespace = textOf(chosen, 'namespace');
  if (namespace !== null && !DNS_LABEL.test(namespace)) throw kubeconfigInvalid('its `namespace` is not a name');
  return {
    ...server,
    tlsServerName,
    caPem,
    client,
    token: token === null ? null : new Secret(token),
    namespace,
    contextName,
  };
}
