/** Whole links, from a stored connection to an answered request, over a real SSH server and real TLS servers on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import {
  type CertificateAuthority,
  type CertificateRequest,
  makeAuthority,
} from '../../../test/support/certificates.js';
import { makeKubeconfig } from '../../../test/support/kubeconfig.js';
import { type SshServer, type SshServerOptions, startSshServer } from '../../../test/support/ssh-server.js';
import { Secret } from '../../domain/secret.js';
import type { Credential, ServerConnection } from '../../domain/server.js';
import { loadSettings, type Settings } from '../../settings.js';
import { AddressPolicy } from '../address-policy.js';
import { findClusterError } from './dial-errors.js';
import { InClusterLink } from './in-cluster-link.js';
import type { KubeLink, KubeSession } from './kube-link.js';
import { KubeLinks } from './kube-links.js';

const PASSWORD = 'correct horse battery';
const options = { timeoutMs: 20_000 };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Api {
  readonly port: number;
  readonly authority: CertificateAuthority;
  readonly server: Server;
  /** Kubeconfig that fits. */
  kubeconfig(changes?: Partial<Parameters<typeof makeKubeconfig>[0]>): string;
  readonly requests: { readonly path: string; readonly authorization: string | undefined; readonly client: string }[];
}

/** A TLS server that answers like an API server; `redirectTo` makes it send everybody away. */
async function api(
  certificate: CertificateRequest = { ipAddresses: ['127.0.0.1'] },
  redirectTo: string | null = null,
): Promise<Api> {
  const authority = makeAuthority();
  const issued = authority.issue(certificate);
  const requests: Api['requests'] = [];
  const server = createServer(
    {
      key: issued.keyPem,
      cert: issued.certificatePem,
      ca: authority.certificatePem,
      requestCert: true,
      rejectUnauthorized: false,
    },
    (request: IncomingMessage, response) => {
      const subject = (request.socket as TLSSocket).getPeerCertificate().subject as { CN?: string } | undefined;
      requests.push({
        path: request.url ?? '',
        authorization: request.headers.authorization,
        client: subject?.CN ?? '',
      });
      if (redirectTo) response.writeHead(307, { location: redirectTo }).end();
      else if (request.url === '/silent') return;
      else response.end('{}');
    },
  );
  // Longer than any test: a socket that the server closes while a request is on its way would fail it.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = authority.issue({ commonName: 'admin' });
  return {
    port,
    authority,
    server,
    requests,
    kubeconfig: (changes = {}) =>
      makeKubeconfig({
        server: `https://127.0.0.1:${port}`,
        caPem: authority.certificatePem,
        client,
        token: 'token-1',
        ...changes,
      }),
  };
}

function settingsFor(ports: readonly number[], env: Record<string, string> = {}): Settings {
  return loadSettings({ BERTH_ENV: 'test', BERTH_NETWORK_ALLOWED_PORTS: ports.join(','), ...env }, 'config');
}

function link(connection: ServerConnection, credential: Credential | null, settings: Settings): KubeLink {
  const target = { serverId: 's1', connectionRevision: 1, namespace: 'berth', connection, credential };
  const opened = new KubeLinks(new AddressPolicy(settings), settings).openLink(target);
  cleanups.push(() => opened.close());
  return opened;
}

const byKubeconfig = (text: string, ports: readonly number[], env: Record<string, string> = {}): KubeLink =>
  link(
    { kind: 'kubeconfig', apiServer: '', context: null },
    { kind: 'kubeconfig', kubeconfig: new Secret(text) },
    settingsFor(ports, env),
  );

async function ssh(server: SshServerOptions): Promise<SshServer> {
  const started = await startSshServer({ password: PASSWORD, ...server });
  cleanups.push(() => started.close());
  return started;
}

/** A machine whose `microk8s` prints `text`. */
const printing = (text: string | (() => string)): SshServerOptions => ({
  command: (command) =>
    command.includes('microk8s')
      ? { stdout: typeof text === 'string' ? text : text() }
      : { code: 1, stderr: 'No such file or directory' },
});

function overSsh(
  machine: SshServer,
  useTunnel = true,
  ports: readonly number[] = [],
  env: Record<string, string> = {},
): KubeLink {
  return link(
    { ...machine.connection(), useTunnel },
    { kind: 'password', password: new Secret(PASSWORD) },
    settingsFor([machine.port, ...ports], env),
  );
}

async function get(session: KubeSession, path = '/version', origin = new URL(session.baseUrl).origin): Promise<number> {
  const { statusCode, body } = await session.dispatcher.request({ origin, path, method: 'GET' });
  await body.dump();
  return statusCode;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error('it worked'),
    (error: unknown) => findClusterError(error) ?? error,
  );

describe('a kubeconfig link', () => {
  it('presents the client certificate and the token, and tells when the server certificate ends', async () => {
    const notAfter = new Date('2031-05-06T07:08:09.000Z');
    const cluster = await api({ ipAddresses: ['127.0.0.1'], notAfter });
    const session = await byKubeconfig(cluster.kubeconfig(), [cluster.port]).open(options);
    expect(session).toMatchObject({
      baseUrl: `https://127.0.0.1:${cluster.port}`,
      isTunnelled: false,
      kubeconfigSource: '',
    });
    expect(session.certificateExpiresAt()).toBe(notAfter.toISOString());
    expect(await get(session, '/api/v1/nodes')).toBe(200);
    expect(cluster.requests).toEqual([{ path: '/api/v1/nodes', authorization: 'Bearer token-1', client: 'admin' }]);
    expect(inspect(session, { depth: 12, showHidden: true })).not.toContain('token-1');
  });

  it('uses one pool of sockets for all calls', async () => {
    const cluster = await api();
    let connections = 0;
    cluster.server.on('secureConnection', () => (connections += 1));
    const session = await byKubeconfig(cluster.kubeconfig(), [cluster.port], {
      BERTH_KUBERNETES_CONNECTIONS: '3',
    }).open(options);
    await Promise.all(Array.from({ length: 30 }, () => get(session)));
    for (let call = 0; call < 20; call++) await get(session);
    expect(connections).toBe(3);
  });

  it.each([
    ['another authority', {}, 'CERTIFICATE_NOT_TRUSTED', 'another authority'],
    [
      'a name that the certificate has not',
      { ipAddresses: ['10.0.0.9'] },
      'CERTIFICATE_NOT_TRUSTED',
      'not for this address',
    ],
    ['a certificate without any name', { ipAddresses: [] }, 'CERTIFICATE_NOT_TRUSTED', 'not for this address'],
    [
      'an expired certificate',
      { ipAddresses: ['127.0.0.1'], notAfter: new Date(Date.now() - 1_000) },
      'CERTIFICATE_EXPIRED',
      'expired',
    ],
    [
      'a certificate of tomorrow',
      { ipAddresses: ['127.0.0.1'], notBefore: new Date(Date.now() + 3_600_000) },
      'CERTIFICATE_NOT_TRUSTED',
      'not valid yet',
    ],
  ])('refuses %s, and sends no request', async (what, certificate, code, words) => {
    const cluster = await api(what === 'another authority' ? { ipAddresses: ['127.0.0.1'] } : certificate);
    const stranger = what === 'another authority' ? { caPem: makeAuthority().certificatePem } : {};
    const error = await failure(byKubeconfig(cluster.kubeconfig(stranger), [cluster.port]).open(options));
    expect(error).toMatchObject({ code, outcome: 'refused', message: expect.stringContaining(words) });
    expect(cluster.requests).toEqual([]);
  });

  it('verifies even where the environment says not to', async () => {
    const cluster = await api();
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    cleanups.push(() => delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']);
    const stranger = cluster.kubeconfig({ caPem: makeAuthority().certificatePem });
    expect(await failure(byKubeconfig(stranger, [cluster.port]).open(options))).toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
    });
  });

  it('accepts a new certificate of the same authority', async () => {
    const cluster = await api();
    await byKubeconfig(cluster.kubeconfig(), [cluster.port]).open(options);
    const renewed = cluster.authority.issue({ ipAddresses: ['127.0.0.1'], notAfter: new Date('2032-01-01T00:00:00Z') });
    cluster.server.setSecureContext({ key: renewed.keyPem, cert: renewed.certificatePem });
    const session = await byKubeconfig(cluster.kubeconfig(), [cluster.port]).open(options);
    expect(session.certificateExpiresAt()).toBe('2032-01-01T00:00:00.000Z');
    expect(await get(session)).toBe(200);
  });

  it('verifies tls-server-name instead of the address when the kubeconfig has one', async () => {
    const cluster = await api({ dnsNames: ['kubernetes'] });
    const named = cluster.kubeconfig({ cluster: { 'tls-server-name': 'kubernetes' } });
    expect(await get(await byKubeconfig(named, [cluster.port]).open(options))).toBe(200);
  });

  it('leads to no other origin: neither by a redirect nor by mistake', async () => {
    const other = await api();
    const cluster = await api({ ipAddresses: ['127.0.0.1'] }, `https://127.0.0.1:${other.port}/stolen`);
    const session = await byKubeconfig(cluster.kubeconfig(), [cluster.port, other.port]).open(options);
    const { fetch } = await import('undici');
    const { dispatcher } = session;
    expect(await failure(fetch(`${session.baseUrl}/version`, { dispatcher }))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
    expect(await failure(get(session, '/', `https://127.0.0.1:${other.port}`))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
    expect(await failure(get(session, '/', `http://127.0.0.1:${cluster.port}`))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
    expect(other.requests).toEqual([]);
  });

  it('connects only where the address policy lets it', async () => {
    const cluster = await api();
    const strict = { BERTH_NETWORK_ALLOWED_CIDRS: '' };
    expect(await failure(byKubeconfig(cluster.kubeconfig(), [cluster.port], strict).open(options))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
    expect(await failure(byKubeconfig(cluster.kubeconfig(), [22]).open(options))).toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
  });

  it('says what is wrong when nobody listens, when it is no TLS, and when the kubeconfig is bad', async () => {
    const cluster = await api();
    const text = cluster.kubeconfig();
    cluster.server.close();
    await once(cluster.server, 'close');
    expect(await failure(byKubeconfig(text, [cluster.port]).open(options))).toMatchObject({
      code: 'CONNECTION_REFUSED',
    });
    const machine = await ssh({});
    const plain = makeKubeconfig({
      server: `https://127.0.0.1:${machine.port}`,
      caPem: cluster.authority.certificatePem,
      token: 'x',
    });
    expect(await failure(byKubeconfig(plain, [machine.port]).open(options))).toMatchObject({
      code: 'KUBERNETES_BAD_RESPONSE',
    });
    expect(await failure(byKubeconfig('nonsense', []).open(options))).toMatchObject({ code: 'KUBECONFIG_INVALID' });
  });

  it('opens once for all who ask at once, and anew after it broke', async () => {
    const cluster = await api();
    const shared = byKubeconfig(cluster.kubeconfig(), [cluster.port]);
    const [first, second] = await Promise.all([shared.open(options), shared.open(options)]);
    expect(second).toBe(first);
    first.discard();
    first.discard();
    expect(first.broken.aborted).toBe(true);
    const third = await shared.open(options);
    expect(third).not.toBe(first);
    expect(await get(third)).toBe(200);
  });

  it('forgets a failed attempt', async () => {
    const cluster = await api();
    const wrong = cluster.authority.issue({ ipAddresses: ['10.0.0.9'] });
    const right = cluster.authority.issue({ ipAddresses: ['127.0.0.1'] });
    const patient = byKubeconfig(cluster.kubeconfig(), [cluster.port]);
    cluster.server.setSecureContext({ key: wrong.keyPem, cert: wrong.certificatePem });
    expect(await failure(patient.open(options))).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
    cluster.server.setSecureContext({ key: right.keyPem, cert: right.certificatePem });
    expect(await get(await patient.open(options))).toBe(200);
  });

  it('ends calls in flight with CLOSED, and opens no more', async () => {
    const cluster = await api();
    const closing = byKubeconfig(cluster.kubeconfig(), [cluster.port]);
    const session = await closing.open(options);
    const pending = failure(get(session, '/silent'));
    while (cluster.requests.length === 0) await turn();
    await closing.close();
    await closing.close();
    expect(await pending).toMatchObject({ code: 'CLOSED' });
    expect(session.broken.reason).toMatchObject({ code: 'CLOSED' });
    expect(await failure(closing.open(options))).toMatchObject({ code: 'CLOSED' });
  });
});

describe('an SSH link', () => {
  it('finds the kubeconfig, and reaches its very address through a forwarded channel', async () => {
    const cluster = await api();
    const machine = await ssh(printing(cluster.kubeconfig()));
    // Only the SSH port is allowed: the API is not dialled from here.
    const session = await overSsh(machine).open(options);
    expect(session).toMatchObject({ isTunnelled: true, kubeconfigSource: 'microk8s config -l' });
    expect(await get(session, '/api/v1/pods')).toBe(200);
    expect(cluster.requests).toEqual([{ path: '/api/v1/pods', authorization: 'Bearer token-1', client: 'admin' }]);
    expect(machine.seen.forwards).toEqual([`127.0.0.1:${cluster.port}`]);
    expect(machine.seen.methods.filter((method) => method !== 'none')).toHaveLength(1);
  });

  it('verifies the certificate inside the tunnel too', async () => {
    const cluster = await api({ ipAddresses: ['10.0.0.9'] });
    const machine = await ssh(printing(cluster.kubeconfig()));
    const session = await overSsh(machine).open(options);
    expect(await failure(get(session))).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED', outcome: 'refused' });
    expect(cluster.requests).toEqual([]);
  });

  it('reads the kubeconfig again when the cluster shows another authority or refuses the credential', async () => {
    const old = await api();
    const current = await api();
    let text = old.kubeconfig({ server: `https://127.0.0.1:${current.port}` });
    const machine = await ssh(printing(() => text));
    const over = overSsh(machine);
    const first = await over.open(options);
    expect(await failure(get(first))).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
    text = current.kubeconfig();
    const second = await over.open(options);
    expect(await get(second)).toBe(200);
    text = current.kubeconfig({ token: 'token-2' });
    second.discard();
    expect(await get(await over.open(options))).toBe(200);
    expect(current.requests.at(-1)?.authorization).toBe('Bearer token-2');
    expect(machine.seen.secrets).toEqual([PASSWORD]);
  });

  it('breaks with its connection, ends calls in flight, and connects again without reading the kubeconfig anew', async () => {
    const cluster = await api();
    const machine = await ssh(printing(cluster.kubeconfig()));
    const over = overSsh(machine);
    const session = await over.open(options);
    const pending = failure(get(session, '/silent'));
    while (cluster.requests.length === 0) await turn();
    machine.reset();
    expect(await pending).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(session.broken.reason).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(await get(await over.open(options))).toBe(200);
    expect(machine.seen.commands).toHaveLength(1);
  });

  it('leaves no channel open after close', async () => {
    const cluster = await api();
    const machine = await ssh(printing(cluster.kubeconfig()));
    const over = overSsh(machine);
    const session = await over.open(options);
    await Promise.all([get(session), get(session), get(session)]);
    await over.close();
    while (machine.openChannels() > 0) await turn();
    expect(await failure(over.open(options))).toMatchObject({ code: 'CLOSED' });
  });

  it('without a tunnel dials the machine itself, under the address policy and with its name in the certificate', async () => {
    const cluster = await api();
    const machine = await ssh(printing(cluster.kubeconfig({ server: `https://localhost:${cluster.port}` })));
    expect(await failure(overSsh(machine, false).open(options))).toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    const session = await overSsh(machine, false, [cluster.port]).open(options);
    expect(session.isTunnelled).toBe(false);
    expect(await get(session)).toBe(200);
    expect(machine.seen.forwards).toEqual([]);
  });

  it('without a tunnel says clearly that the certificate is not for the address', async () => {
    const cluster = await api({ ipAddresses: ['10.0.0.4'] });
    const machine = await ssh(printing(cluster.kubeconfig()));
    expect(await failure(overSsh(machine, false, [cluster.port]).open(options))).toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
      message: `127.0.0.1:${cluster.port} is not trusted: its certificate is not for this address`,
    });
  });
});

describe('finding the kubeconfig', () => {
  const denied = { code: 1, stderr: 'Permission denied' };
  const absent = { code: 1, stderr: 'cat: No such file or directory' };
  const notInstalled = { code: 127, stderr: 'sh: 1: exec: microk8s: not found' };

  async function session(
    command: NonNullable<SshServerOptions['command']>,
  ): Promise<{ machine: SshServer; opened: Promise<KubeSession> }> {
    const machine = await ssh({ command });
    return { machine, opened: overSsh(machine).open(options) };
  }

  it('uses sudo with the password on stdin when MicroK8s is closed to the user', async () => {
    const cluster = await api();
    const { machine, opened } = await session((command, stdin) =>
      command.includes('sudo') && stdin === `${PASSWORD}\n`
        ? { stdout: cluster.kubeconfig() }
        : { code: 1, stderr: 'Insufficient permissions to access MicroK8s.' },
    );
    expect((await opened).kubeconfigSource).toBe('sudo microk8s config -l');
    expect(machine.seen.commands.join()).not.toContain(PASSWORD);
  });

  it.each([
    ['/etc/rancher/k3s/k3s.yaml', 'sudo /etc/rancher/k3s/k3s.yaml'],
    ['/etc/kubernetes/admin.conf', 'sudo /etc/kubernetes/admin.conf'],
    ['.kube/config', '~/.kube/config'],
  ])('goes on to %s', async (path, source) => {
    const cluster = await api();
    const { machine, opened } = await session((command) => {
      if (command.includes('microk8s')) return notInstalled;
      if (!command.includes(path)) return absent;
      return command.includes('sudo') || path.startsWith('.kube') ? { stdout: cluster.kubeconfig() } : denied;
    });
    expect((await opened).kubeconfigSource).toBe(source);
    // sudo is used only for what is there and closed.
    expect(machine.seen.commands.filter((each) => each.includes('sudo'))).toHaveLength(
      path.startsWith('.kube') ? 0 : 1,
    );
  });

  it('trusts what parses, not exit codes', async () => {
    const cluster = await api();
    const { opened } = await session((command) =>
      command.includes('microk8s')
        ? {
            stdout: 'This MicroK8s deployment is acting as a node in a cluster. Please use the control plane.',
            code: 0,
          }
        : { stdout: cluster.kubeconfig(), code: 0 },
    );
    expect((await opened).kubeconfigSource).toBe('/etc/rancher/k3s/k3s.yaml');
  });

  it('says SUDO_REFUSED when only sudo could open what is there, and asks it once', async () => {
    const { machine, opened } = await session((command) =>
      command.includes('sudo')
        ? { code: 1, stderr: 'Sorry, try again.\nsudo: no password was provided\nsudo: 1 incorrect password attempt' }
        : denied,
    );
    expect(await failure(opened)).toMatchObject({
      code: 'SUDO_REFUSED',
      message: expect.stringContaining('does not accept the password'),
    });
    expect(machine.seen.commands.filter((each) => each.includes('sudo'))).toHaveLength(1);
  });

  it('says KUBERNETES_NOT_FOUND and what it tried on a machine without one', async () => {
    const { opened } = await session((command) => (command.includes('microk8s') ? notInstalled : absent));
    expect(await failure(opened)).toMatchObject({
      code: 'KUBERNETES_NOT_FOUND',
      details: { tried: expect.arrayContaining([{ source: '~/.kube/config', result: 'not there' }]) },
    });
  });

  it('says what is wrong with the only kubeconfig that there is', async () => {
    const cluster = await api();
    const { opened } = await session((command) =>
      command.includes('.kube') ? { stdout: cluster.kubeconfig({ user: { exec: { command: 'aws' } } }) } : absent,
    );
    expect(await failure(opened)).toMatchObject({ code: 'KUBECONFIG_FIELD_NOT_ALLOWED', details: { field: 'exec' } });
  });
});

describe('an in-cluster link', () => {
  it('reads token and CA from the files of the kubelet, and no policy forbids the cluster', async () => {
    const cluster = await api();
    const directory = mkdtempSync(join(tmpdir(), 'berth-'));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'token'), 'service-account-token\n');
    writeFileSync(join(directory, 'ca.crt'), cluster.authority.certificatePem);
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(cluster.port) };
    const inside = new InClusterLink(environment, directory, loadSettings({}, 'config'));
    cleanups.push(() => inside.close());
    const session = await inside.open(options);
    expect(await get(session)).toBe(200);
    expect(cluster.requests[0]?.authorization).toBe('Bearer service-account-token');
    writeFileSync(join(directory, 'token'), 'rotated');
    session.discard();
    await get(await inside.open(options));
    expect(cluster.requests[1]?.authorization).toBe('Bearer rotated');
  });

  it('says that there is no cluster around Berth', async () => {
    const outside = new InClusterLink({}, '/nowhere', loadSettings({}, 'config'));
    expect(await failure(outside.open(options))).toMatchObject({ code: 'KUBERNETES_NOT_FOUND', outcome: 'refused' });
  });
});
