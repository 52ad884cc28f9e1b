/** Whatever is sent, the answer is a 4xx that says what to do, or what was asked for; never a 5xx, and what was refused changed nothing. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { checkInvariants } from '../../src/domain/invariants.js';
import { buildDocument } from '../../src/http/openapi.js';
import type { Problem } from '../../src/http/problem.js';
import { seededRandom } from '../../src/providers/sandbox/sandbox-random.js';
import { type Berth, startBerth } from '../support/app.js';
import { makeAuthority } from '../support/certificates.js';
import { FleetClient } from '../support/fleet-client.js';
import { HOSTILE_JSON, RandomRequests } from '../support/random-requests.js';

const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1e9);
const REQUESTS = Number(process.env['BERTH_FUZZ'] ?? 2_000);
const NOBODY = '00000000-0000-4000-8000-000000000000';
const CA = Buffer.from(makeAuthority({ commonName: 'test' }).certificatePem).toString('base64');

/** An asymmetric matcher. */
const A_CLIENT_ERROR = {
  asymmetricMatch: (status: unknown): boolean => typeof status === 'number' && status >= 400 && status < 500,
  toString: () => 'a status from 400 to 499',
};

let berth: Berth;
let api: FleetClient;
let listener: Server;
/** Connections that reached this computer although nothing was allowed to. */
let reached = 0;
let port = 0;

beforeAll(async () => {
  listener = createServer((socket) => {
    reached += 1;
    socket.destroy();
  });
  listener.listen(0, '::');
  await once(listener, 'listening');
  ({ port } = listener.address() as AddressInfo);
  berth = await startBerth({
    env: {
      BERTH_HTTP_LOG_LEVEL: 'debug',
      BERTH_NETWORK_ALLOWED_CIDRS: '',
      BERTH_NETWORK_BLOCKED_CIDRS: '0.0.0.0/0,::/0',
      BERTH_NETWORK_ALLOWED_PORTS: `${port},22,6443`,
      BERTH_HEALTH_TIMEOUT_SECONDS: '1',
      BERTH_REFRESH_TIMEOUT_SECONDS: '1',
      BERTH_PODS_CALL_TIMEOUT_SECONDS: '1',
      BERTH_PODS_MAX_WAIT_SECONDS: '1',
      BERTH_HTTP_HANDLER_TIMEOUT_SECONDS: '20',
    },
  });
  api = new FleetClient((path, options) => berth.fetch(path, options));
});
afterAll(async () => {
  await berth.close();
  listener.close();
});

/** What is on disk, without what jobs and the settler may do meanwhile: a server that is being removed goes with its last pod. */
const books = (): unknown => {
  const { servers } = berth.state.read();
  return Object.values(servers)
    .filter(({ server }) => !server.isRemoving)
    .map(({ server, pods }) => [server, Object.keys(pods)]);
};

async function refused(method: string, path: string, body?: string | object): Promise<Problem> {
  const before = books();
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const response = await berth.fetch(`/api/v1${path}`, {
    method,
    ...(text === undefined ? {} : { body: text, headers: { 'content-type': 'application/json' } }),
  });
  const problem = (await response.json()) as Problem;
  expect({ problem, status: response.status, isClientError: response.status >= 400 && response.status < 500 }).toEqual({
    problem: expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/), hint: expect.stringMatching(/\w/) }),
    status: problem.status,
    isClientError: true,
  });
  expect(books()).toEqual(before);
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  return problem;
}

describe('a kubeconfig', () => {
  const plain = { server: 'https://203.0.113.9:6443', 'certificate-authority-data': CA };
  const config = (cluster: object, user: object = { token: 't' }, rest: object = {}): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
      ...rest,
    });
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/sh', args: ['-c', 'touch /tmp/owned'] };
  const FIELDS = 'KUBECONFIG_FIELD_NOT_ALLOWED';
  const INVALID = 'KUBECONFIG_INVALID';

  it.each<[string, string, string]>([
    ['runs a command', config(plain, { exec }), FIELDS],
    [
      'uses an auth provider',
      config(plain, { 'auth-provider': { name: 'gcp', config: { 'cmd-path': '/bin/sh' } } }),
      FIELDS,
    ],
    ['reads a token from a file', config(plain, { tokenFile: '/etc/shadow' }), FIELDS],
    ['reads a client key from a file', config(plain, { 'client-key': '/root/.ssh/id_rsa' }), FIELDS],
    ['reads a client certificate from a file', config(plain, { 'client-certificate': '../../x' }), FIELDS],
    ['reads its CA from a file', config({ server: plain.server, 'certificate-authority': '/etc/passwd' }), FIELDS],
    ['goes through a proxy', config({ ...plain, 'proxy-url': 'http://127.0.0.1:3128' }), FIELDS],
    ['skips verification', config({ ...plain, 'insecure-skip-tls-verify': true }), FIELDS],
    ['skips verification as a text', config({ ...plain, 'insecure-skip-tls-verify': 'yes' }), FIELDS],
    ['speaks http', config({ ...plain, server: 'http://203.0.113.9:6443' }), FIELDS],
    ['uses basic authentication', config(plain, { username: 'admin', password: 'x' }), FIELDS],
    ['impersonates', config(plain, { token: 't', as: 'system:admin' }), FIELDS],
    ['has no server', config({ 'certificate-authority-data': CA }), INVALID],
    ['has another scheme', config({ ...plain, server: 'file:///etc/passwd' }), INVALID],
    ['has a user in its address', config({ ...plain, server: 'https://a:b@203.0.113.9' }), INVALID],
    ['has a CA that is no certificate', config({ ...plain, 'certificate-authority-data': 'AAAA' }), INVALID],
    ['has a token with a line break', config(plain, { token: 'a\r\nX: 1' }), INVALID],
    ['names a context that is not there', config(plain, { token: 't' }, { 'current-context': '__proto__' }), INVALID],
    ['has a prototype key', '__proto__: {a: 1}', INVALID],
    ['is a bomb of anchors', 'a: &a [x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]', INVALID],
    ['has a tag', '!!js/function "function(){}"', INVALID],
    ['is deep', '['.repeat(2_000), INVALID],
    ['is long', 'a: b\n'.repeat(50_000), INVALID],
    ['is two documents', `${config(plain)}\n---\n${config(plain)}`, INVALID],
    ['is a list', '[]', INVALID],
    ['is a word', 'kubeconfig', INVALID],
    ['is binary', '\u0001\u0002', INVALID],
  ])('that %s is refused', async (_what, text, code) => {
    for (const path of ['/servers', '/servers/test']) {
      const name = path === '/servers' ? { name: 'evil' } : {};
      expect(await refused('POST', path, { ...name, kubeconfig: { text } })).toMatchObject({ code });
    }
  });
});

describe('an address', () => {
  // Spelled so that it means this computer, its network, or a cloud's metadata.
  const HOSTS = [
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '2130706433',
    '017700000001',
    '127.0.0.1.',
    '127.255.255.254',
    'localhost',
    'LOCALHOST',
    'localhost.',
    '0',
    '0.0.0.0',
    '::',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '169.254.169.254',
    '169.254.1',
    '0xa9fea9fe',
    '2852039166',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    'fe80::1',
    'fe80::1%lo',
    'fd00:ec2::254',
    '100.100.100.200',
    '192.0.0.192',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    '240.0.0.1',
    '[::1]',
    'http://127.0.0.1',
    '127.0.0.1:22',
    'root@127.0.0.1',
    '127.0.0.1/',
    '127.0.0.1 ',
    '127。0。0。1',
    '①②⑦.⓪.⓪.①',
    '127.0.0.1\u0000.example.com',
    '-oProxyCommand=id',
    '',
  ];
  const ALLOWED =
    /^(ADDRESS_NOT_ALLOWED|INVALID_REQUEST|HOST_NOT_FOUND|MALFORMED_JSON|KUBECONFIG_(INVALID|FIELD_NOT_ALLOWED))$/;

  it.each(HOSTS)('"%s" is connected to by nobody', async (host) => {
    const ssh = { host, port, username: 'root', password: 'canary' };
    const hostName = host.includes(':') && !host.includes('[') ? `[${host}]` : host;
    const text = [
      'apiVersion: v1',
      `clusters: [{name: c, cluster: {server: "https://${hostName}:${port}", certificate-authority-data: ${CA}}}]`,
      'users: [{name: u, user: {token: t}}]',
      'contexts: [{name: x, context: {cluster: c, user: u}}]',
      'current-context: x',
    ].join('\n');
    const problems = [
      await refused('POST', '/servers/host-key', { host, port }),
      await refused('POST', '/servers', { name: 'evil', ssh }),
      await refused('POST', '/servers/test', { ssh }),
      await refused('POST', '/servers', { name: 'evil', kubeconfig: { text } }),
    ];
    for (const { code } of problems) expect(code).toMatch(ALLOWED);
    expect(reached).toBe(0);
  });

  it.each([1, 25, 80, 3306, 65_535])('on port %i is not one of a machine', async (each) => {
    expect((await refused('POST', '/servers/host-key', { host: '203.0.113.9', port: each })).code).toBe(
      'ADDRESS_NOT_ALLOWED',
    );
  });
});

describe('a launch', () => {
  const good = { image: 'registry.test/web:1', cpus: 1, memoryGiB: 1 };

  it.each([
    ['cpus', '1e400'],
    ['cpus', '-1'],
    ['cpus', '0'],
    ['cpus', '1e308'],
    ['cpus', '0.0001'],
    ['cpus', '"1"'],
    ['cpus', '10001'],
    ['memoryGiB', '9007199254740993'],
    ['memoryGiB', '1e-300'],
    ['storageGiB', '1e21'],
    ['gpus', '0.5'],
    ['gpus', '2147483648'],
    ['gpus', '-0.0000001'],
    ['name', '"../../etc"'],
    ['name', '"a/b"'],
    ['name', '"a%2fb"'],
    ['name', '"Web"'],
    ['name', '"1web"'],
    ['name', '"__proto__"'],
    ['name', '"a\\nb"'],
    ['name', `"${'a'.repeat(41)}"`],
    ['nodeName', '"../nodes/a"'],
    ['nodeName', '"a?x=1"'],
    ['serverId', '"../servers"'],
    ['serverId', '"constructor"'],
    ['image', '"-v /:/host"'],
    ['image', '"a b"'],
    ['image', '""'],
    ['image', `"${'a'.repeat(300)}"`],
    ['env', '[[{"name":"A","value":"b"}]]'],
    ['env', '[{"name":"A=B","value":"c"}]'],
    ['env', '[{"name":"A","value":1}]'],
    ['env', '[null]'],
    ['env', '{"0":{"name":"A","value":"b"},"length":1}'],
    ['ports', '[{"containerPort":0}]'],
    ['ports', '[{"containerPort":65536}]'],
    ['ports', '[{"containerPort":80,"protocol":"SCTP"}]'],
    ['ports', '[[]]'],
    ['command', '"rm -rf /"'],
    ['command', '[["rm"]]'],
    ['command', '[{}]'],
    ['runAsNonRoot', '"false"'],
    ['runAsNonRoot', '0'],
  ])('with %s %s is refused by name', async (field, json) => {
    const rest = JSON.stringify(Object.fromEntries(Object.entries(good).filter(([name]) => name !== field)));
    const problem = await refused('POST', '/pods', `${rest.slice(0, -1)},${JSON.stringify(field)}:${json}}`);
    expect(['INVALID_REQUEST', 'MALFORMED_JSON']).toContain(problem.code);
    if (problem.code === 'INVALID_REQUEST') expect(JSON.stringify(problem.errors)).toContain(field);
  });

  it.each([
    'privileged',
    'hostPath',
    'hostNetwork',
    'hostPID',
    'volumes',
    'volumeMounts',
    'securityContext',
    'serviceAccountName',
    'capabilities',
    'spec',
    'metadata',
    'labels',
    'namespace',
    'initContainers',
    'runAsUser',
    'nodeSelector',
    'tolerations',
    'podSpec',
    'reservation',
    'state',
  ])('that asks for %s is refused by name', async (field) => {
    const problem = await refused('POST', '/pods', { ...good, [field]: { privileged: true } });
    expect(problem.errors).toContainEqual({ field, message: `property ${field} should not exist` });
  });

  it.each(['env.0.valueFrom', 'ports.0.hostPort', 'ports.0.hostIP'])('with %s is refused by name', async (path) => {
    const [list = '', , field = ''] = path.split('.');
    const item = list === 'env' ? { name: 'A', value: 'b' } : { containerPort: 80 };
    const problem = await refused('POST', '/pods', { ...good, [list]: [{ ...item, [field]: 80 }] });
    expect(problem.errors).toContainEqual({ field: path, message: `property ${field} should not exist` });
  });

  it('of the largest amounts that are allowed is refused for want of room, in numbers that can be read', async () => {
    const problem = await refused('POST', '/pods', {
      ...good,
      cpus: 10_000,
      memoryGiB: 1e6,
      storageGiB: 1e6,
      gpus: 1_024,
    });
    expect(problem.code).toBe('INSUFFICIENT_RESOURCES');
  });
});

describe('null', () => {
  let serverId = '';
  beforeAll(async () => {
    serverId = (await api.sandbox('nulls')).id;
  });
  afterAll(() => api.must('DELETE', `/servers/${serverId}?pods=delete`));

  it.each(['name', 'tags', 'location', 'ssh', 'kubeconfig'])('as %s of an edit is refused by name', async (field) => {
    const problem = await refused('PATCH', `/servers/${serverId}`, { [field]: null });
    expect(problem.errors).toContainEqual({ field, message: 'must not be null; leave it out instead' });
  });

  it('as an interval takes an edit back to the default, and is refused at the registration', async () => {
    for (const field of ['healthIntervalSeconds', 'refreshIntervalSeconds']) {
      const edit = (value: number | null) => api.must('PATCH', `/servers/${serverId}`, { [field]: value });
      expect(await edit(7)).toMatchObject({ [field]: 7 });
      expect(await edit(null)).toMatchObject({ [field]: null });
      const body = { name: 'never', sandbox: {}, [field]: null };
      expect((await refused('POST', '/servers', body)).errors).toContainEqual({
        field,
        message: 'must not be null; leave it out instead',
      });
    }
  });

  it.each(['ssh', 'kubeconfig', 'inCluster', 'sandbox'])('as %s is no way to reach a machine', async (way) => {
    expect((await refused('POST', '/servers', { name: 'evil', [way]: null })).code).toBe('INVALID_REQUEST');
    expect((await refused('POST', '/servers/test', { [way]: null })).code).toBe('INVALID_REQUEST');
  });

  it('is not what an empty inCluster is: that one is tried', async () => {
    const { status, body } = await api.call<{ code: string }>('POST', '/servers/test', { inCluster: {} });
    expect([status, body.code]).toEqual([424, 'KUBERNETES_NOT_FOUND']);
    expect((await refused('POST', '/servers/test', { inCluster: { more: 1 } })).code).toBe('INVALID_REQUEST');
  });

  it.each(['port', 'password', 'privateKey', 'passphrase', 'hostKeyFingerprint', 'useTunnel', 'username', 'host'])(
    'as %s of an SSH login is refused',
    async (field) => {
      const ssh = { host: '203.0.113.9', username: 'root', password: 'canary', [field]: null };
      await refused('POST', '/servers', { name: 'evil', ssh });
    },
  );
});

it.each([
  'text/plain',
  'text/plain;application/json',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=a',
  'application/json;x',
  'application/json; charset=utf-16',
  'application/json\ta',
  'application/jsonx',
  'application/vnd.api+json',
  'application/json, text/plain',
  '',
])('a body called "%s" is not read', async (type) => {
  const before = books();
  const body = Buffer.from(JSON.stringify({ name: 'typed', sandbox: {} }));
  const response = await berth.fetch('/api/v1/servers', { method: 'POST', body, headers: { 'content-type': type } });
  const problem = (await response.json()) as Problem;
  expect([response.status, problem.code, problem.hint]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE', expect.any(String)]);
  expect(books()).toEqual(before);
});

describe('an id in an address', () => {
  const ROUTES: readonly (readonly [method: string, route: string, body?: object])[] = [
    ['GET', '/servers/ID'],
    ['PATCH', '/servers/ID', {}],
    ['DELETE', '/servers/ID'],
    ['GET', '/servers/ID/pods'],
    ['POST', '/servers/ID/test'],
    ['POST', '/servers/ID/reconnect'],
    ['POST', '/servers/ID/pause'],
    ['POST', '/servers/ID/resume'],
    ['POST', '/servers/ID/host-key', { fingerprint: `SHA256:${'A'.repeat(43)}` }],
    ['GET', '/pods/ID'],
    ['DELETE', '/pods/ID'],
    ['POST', '/pods/ID/cancel'],
    ['POST', '/pods/ID/release', { reason: 'x' }],
    ['GET', '/pods/ID/logs'],
    ['GET', '/pods/ID/events'],
  ];
  const IDS = [
    NOBODY,
    '__proto__',
    'constructor',
    'toString',
    '%2e%2e%2f%2e%2e',
    '..%2f..',
    '%00',
    'a'.repeat(254),
    '%E0%A4%A',
    '1',
    '%20',
  ];

  // Each row in a list of its own: a row shorter than the parameters would get Jest's `done` as its body.
  it.each(ROUTES.map((row) => [row] as const))(
    'is looked up by %j and never followed',
    async ([method, route, body]) => {
      for (const id of IDS) await refused(method, route.replace('ID', id), body);
    },
  );
});

it.each(['registerServer', 'launchPod', 'rehearseServer', 'editServer', 'releasePod', 'readHostKey'])(
  'every field of %s refuses what it is not, and answers',
  async (operationId) => {
    const document = await buildDocument(berth.app.nest, '0');
    const found = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item as Record<string, { operationId?: string; requestBody?: unknown }>)
        .filter(([, operation]) => operation.operationId === operationId)
        .map(([method, operation]) => ({ method, path, operation })),
    );
    expect(found).toHaveLength(1);
    const text = JSON.stringify(found[0]?.operation.requestBody);
    const name = /#\/components\/schemas\/(\w+)/.exec(text)?.[1] ?? '';
    const schema = document.components?.schemas?.[name] as { properties: Record<string, unknown> };
    const fields = Object.keys(schema.properties);
    expect(fields.length).toBeGreaterThan(0);
    const path = (found[0]?.path ?? '').replaceAll(/\{[^}]+\}/g, NOBODY);
    for (const field of fields) {
      for (const json of HOSTILE_JSON) {
        const response = await berth.fetch(path, {
          method: found[0]?.method.toUpperCase() ?? '',
          body: `{"${field}":${json}}`,
          headers: { 'content-type': 'application/json' },
        });
        const answer = (await response.json()) as Partial<Problem>;
        // All that is wrong with it is nothing: a pretend cluster of the usual size can be rehearsed.
        if (operationId === 'rehearseServer' && field === 'sandbox' && json === '{}') {
          expect(response.status).toBe(200);
          continue;
        }
        expect([field, json, response.status, answer.code, answer.hint]).toEqual([
          field,
          json,
          A_CLIENT_ERROR,
          expect.stringMatching(/^[A-Z_]+$/),
          expect.any(String),
        ]);
      }
    }
  },
);

it(`${REQUESTS} random requests, valid and broken, get no 5xx, and what is refused changes nothing (BERTH_SEED=${SEED})`, async () => {
  const random = seededRandom(SEED);
  const ids = (): string[] => {
    const { servers } = berth.state.read();
    return Object.values(servers).flatMap(({ server, pods }) => [server.id].concat(Object.keys(pods).slice(0, 3)));
  };
  const document = await buildDocument(berth.app.nest, '0');
  const requests = new RandomRequests(document, random, ids, new Set());
  expect(requests.size).toBeGreaterThan(20);
  await api.sandbox('fuzz', { cpusPerNode: 100 });
  await api.mustLaunch({});
  const byStatus: Record<number, number> = {};
  for (let each = 0; each < REQUESTS; each += 1) {
    const request = requests.next();
    const before = books();
    const leave = new AbortController();
    const sent = await berth
      .fetch(request.path, {
        method: request.method,
        headers: request.headers,
        signal: leave.signal,
        ...(request.body === null ? {} : { body: request.body }),
      })
      .catch((error: unknown) => error as Error);
    // What fetch itself refuses to send (a header that is not ASCII) was not sent.
    if (sent instanceof Error) {
      expect(sent).toBeInstanceOf(TypeError);
      continue;
    }
    byStatus[sent.status] = (byStatus[sent.status] ?? 0) + 1;
    if (sent.status < 400) {
      leave.abort();
      continue;
    }
    const problem = (await sent.json()) as Problem;
    expect({ request, status: sent.status, problem }).toEqual({
      request,
      status: A_CLIENT_ERROR,
      problem: expect.objectContaining({ code: expect.stringMatching(/^[A-Z_]+$/), hint: expect.stringMatching(/\w/) }),
    });
    expect({ request, books: books() }).toEqual({ request, books: before });
  }
  expect(checkInvariants(berth.state.read())).toEqual([]);
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  expect(berth.logged.filter((line) => line.includes('canary'))).toEqual([]);
  expect(reached).toBe(0);
  process.stdout.write(`${REQUESTS} requests, seed ${SEED}: ${JSON.stringify(byStatus)}\n`);
}, 300_000);
