import { createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { inspect } from 'node:util';
import ssh2 from 'ssh2';
import {
  makeHostKey,
  makeLockedKey,
  type SshServer,
  type SshServerOptions,
  startSshServer,
} from '../../../test/support/ssh-server.js';
import { Secret } from '../../domain/secret.js';
import type { SshConnection } from '../../domain/server.js';
import { loadSettings, type Settings } from '../../settings.js';
import { AddressPolicy } from '../address-policy.js';
import { refused } from './dial-errors.js';
import { hostKeyOf } from './ssh-host-key.js';
import { SshHostKeyProbe } from './ssh-host-key-probe.js';
import { privateKeyOf, type SshCredential } from './ssh-login.js';
import { SshTransport } from './ssh-transport.js';

const PASSWORD = 'correct horse battery';
const password: SshCredential = { kind: 'password', password: new Secret(PASSWORD) };
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function server(options: SshServerOptions = {}): Promise<SshServer> {
  const started = await startSshServer({ password: PASSWORD, ...options });
  cleanups.push(() => started.close());
  return started;
}

function settingsFor(port: number, env: Record<string, string> = {}): Settings {
  return loadSettings({ BERTH_ENV: 'test', BERTH_NETWORK_ALLOWED_PORTS: String(port), ...env }, 'config');
}

async function open(
  connection: SshConnection,
  credential: SshCredential = password,
  env: Record<string, string> = {},
  signal = new AbortController().signal,
): Promise<SshTransport> {
  const settings = settingsFor(connection.port, env);
  const transport = await SshTransport.open(connection, credential, privateKeyOf(credential), {
    policy: new AddressPolicy(settings),
    settings,
    signal,
    passed: () => {},
  });
  cleanups.push(() => transport.close(refused('CLOSED', 'test over')));
  return transport;
}

/** A TCP server that does `talk` with whoever connects. */
async function tcp(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    talk(socket);
  }).listen(0, '127.0.0.1');
  await once(listening, 'listening');
  cleanups.push(() => {
    sockets.forEach((socket) => socket.destroy());
    listening.close();
  });
  return (listening.address() as AddressInfo).port;
}

const at = (port: number): SshConnection => ({
  kind: 'ssh',
  host: '127.0.0.1',
  port,
  username: 'azureuser',
  hostKey: { type: 'ssh-ed25519', fingerprint: `SHA256:${'A'.repeat(43)}` },
  useTunnel: true,
});

describe('the host key', () => {
  it('lets the password through only when it is the confirmed one', async () => {
    const known = await server();
    await open(known.connection());
    expect(known.seen.secrets).toEqual([PASSWORD]);
  });

  it('sends no credential, not even the user name, when it has changed', async () => {
    const machine = await server();
    const expected = hostKeyOf(Buffer.from('another'));
    const failed = open({
      ...machine.connection(),
      hostKey: { type: 'ssh-ed25519', fingerprint: expected.fingerprint },
    });
    await expect(failed).rejects.toMatchObject({
      code: 'HOST_KEY_CHANGED',
      outcome: 'refused',
      details: { type: 'ssh-ed25519', fingerprint: machine.hostKey.fingerprint, expected: expected.fingerprint },
    });
    expect(machine.seen).toMatchObject({ secrets: [], usernames: [], methods: [] });
  });

  it.each(['', 'SHA256:', 'MD5:aa:bb', 'SHA256:AAAA', '*'])(
    'matches nothing when what was confirmed is %j',
    async (fingerprint) => {
      const machine = await server();
      const failed = open({ ...machine.connection(), hostKey: { type: 'ssh-ed25519', fingerprint } });
      await expect(failed).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED' });
      expect(machine.seen.secrets).toEqual([]);
    },
  );

  it('is asked for by the confirmed type, so that a machine with several keys is recognised', async () => {
    const ecdsa = makeHostKey('ecdsa');
    const machine = await server({ hostKeys: [makeHostKey(), ecdsa] });
    const key = ssh2.utils.parseKey(ecdsa);
    if (key instanceof Error) throw key;
    const hostKey = hostKeyOf(key.getPublicSSH());
    expect(hostKey.type).toBe('ecdsa-sha2-nistp256');
    await open({ ...machine.connection(), hostKey });
    expect(machine.seen.secrets).toEqual([PASSWORD]);
  });

  it('counts as changed when the machine has only a key of another type', async () => {
    const machine = await server({ hostKeys: [makeHostKey('ecdsa')] });
    const failed = open({
      ...machine.connection(),
      hostKey: { type: 'ssh-ed25519', fingerprint: `SHA256:${'B'.repeat(43)}` },
    });
    await expect(failed).rejects.toMatchObject({ code: 'HOST_KEY_CHANGED', details: { type: 'ecdsa-sha2-nistp256' } });
    expect(machine.seen.secrets).toEqual([]);
  });

  it('is what the probe reports, and the probe logs in to nothing', async () => {
    const machine = await server();
    const settings = settingsFor(machine.port);
    const probe = new SshHostKeyProbe(new AddressPolicy(settings), settings);
    await expect(probe.hostKey('127.0.0.1', machine.port, { timeoutMs: 5_000 })).resolves.toEqual(machine.hostKey);
    expect(machine.seen.methods).toEqual([]);
  });

  it('cannot be probed where the policy forbids to connect', async () => {
    const settings = loadSettings({}, 'config');
    const probe = new SshHostKeyProbe(new AddressPolicy(settings), settings);
    await expect(probe.hostKey('127.0.0.1', 22, { timeoutMs: 5_000 })).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
  });
});

const key = (privateKey: string, passphrase: string | null): SshCredential => ({
  kind: 'private-key',
  privateKey: new Secret(privateKey),
  passphrase: passphrase === null ? null : new Secret(passphrase),
  sudoPassword: null,
});

describe('the login', () => {
  it('answers a hidden prompt with the password where only keyboard-interactive is allowed', async () => {
    const machine = await server({ methods: ['keyboard-interactive'] });
    await open(machine.connection());
    expect(machine.seen.methods).toEqual(['none', 'keyboard-interactive']);
  });

  it.each([
    ['a second factor', [[{ prompt: 'Password: ', echo: false }], [{ prompt: 'Code: ', echo: false }]], [PASSWORD]],
    ['a visible prompt', [[{ prompt: 'Name: ', echo: true }]], []],
    [
      'two prompts at once',
      [
        [
          { prompt: 'Password: ', echo: false },
          { prompt: 'Code: ', echo: false },
        ],
      ],
      [],
    ],
  ])('gives %s no password', async (_what, rounds, secrets) => {
    const machine = await server({ methods: ['keyboard-interactive'], rounds });
    await expect(open(machine.connection())).rejects.toMatchObject({ code: 'SSH_AUTHENTICATION_FAILED' });
    expect(machine.seen.secrets).toEqual(secrets);
  });

  it('offers a wrong password once, by one method, and names neither it nor the library', async () => {
    const machine = await server({ password: 'other', methods: ['password', 'keyboard-interactive'] });
    const error = await open(machine.connection()).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'SSH_AUTHENTICATION_FAILED', outcome: 'refused' });
    expect((error as Error).message).toBe(
      `127.0.0.1:${machine.port} refused the login of azureuser: the password is not accepted`,
    );
    expect(machine.seen.secrets).toEqual([PASSWORD]);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
  });

  it('sends no password to a server that takes none', async () => {
    const machine = await server({ methods: ['publickey'] });
    await expect(open(machine.connection())).rejects.toMatchObject({
      code: 'SSH_AUTHENTICATION_FAILED',
      message: expect.stringContaining('takes no password'),
      details: { allowedMethods: ['publickey'] },
    });
    expect(machine.seen.secrets).toEqual([]);
  });

  it('takes a private key with its passphrase, and says what is wrong with others', async () => {
    const machine = await server({ methods: ['publickey'] });
    const locked = makeLockedKey('open sesame');
    await open(machine.connection(), key(locked.private, 'open sesame'));
    const invalid = (credential: SshCredential, words: string) =>
      expect(open(machine.connection(), credential)).rejects.toMatchObject({
        code: 'SSH_KEY_INVALID',
        message: expect.stringContaining(words),
      });
    await invalid(key(locked.private, null), 'passphrase, and none was given');
    await invalid(key(locked.private, 'wrong'), 'with this passphrase');
    await invalid(key(locked.public, null), 'public key');
    await invalid(key('nonsense', null), 'cannot be read');
  });
});

async function greet(socket: Socket): Promise<void> {
  while (!socket.destroyed) {
    socket.write('welcome\r\n'.repeat(1_000));
    await turn();
  }
}

describe('a server that misbehaves', () => {
  const hostile: [string, (socket: Socket) => void, string][] = [
    ['hangs up at once', (socket) => socket.destroy(), 'SSH_PROTOCOL_ERROR'],
    ['resets', (socket) => socket.resetAndDestroy(), 'CONNECTION_LOST'],
    ['speaks HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'), 'SSH_PROTOCOL_ERROR'],
    ['greets for ever', (socket) => void greet(socket), 'SSH_PROTOCOL_ERROR'],
    [
      'sends garbage after its name',
      (socket) => socket.write(`SSH-2.0-x\r\n${'\u00ff'.repeat(4_096)}`),
      'SSH_PROTOCOL_ERROR',
    ],
    [
      'resets after its name',
      (socket) => socket.write('SSH-2.0-x\r\n', () => socket.resetAndDestroy()),
      'CONNECTION_LOST',
    ],
  ];

  it.each(hostile)('%s: ends in an error of ours', async (_what, talk, code) => {
    const port = await tcp(talk);
    await expect(open(at(port))).rejects.toMatchObject({ code, outcome: 'refused' });
  });

  it('says nothing: ends at our timeout', async () => {
    const port = await tcp(() => {});
    const slow = open(at(port), password, { BERTH_SSH_CONNECT_TIMEOUT_SECONDS: '1' });
    await expect(slow).rejects.toMatchObject({ code: 'CONNECTION_TIMEOUT' });
  });

  it('says nothing: ends when the caller gives up', async () => {
    const abort = new AbortController();
    const port = await tcp(() => abort.abort());
    await expect(open(at(port), password, {}, abort.signal)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('is not there: the connection is refused', async () => {
    const port = await tcp(() => {});
    for (const cleanup of cleanups.splice(0)) await cleanup();
    await expect(open(at(port))).rejects.toMatchObject({ code: 'CONNECTION_REFUSED' });
  });
});

describe('a command', () => {
  it('hands stdin over and tells output and status apart', async () => {
    const machine = await server({ command: (_, stdin) => ({ stdout: `got ${stdin}`, stderr: 'oh', code: 3 }) });
    const transport = await open(machine.connection());
    await expect(transport.exec('fixed', new Secret('pw'))).resolves.toEqual({
      code: 3,
      stdout: 'got pw\n',
      stderr: 'oh',
    });
  });

  it('has no status when it was cut off, so that silence is never success', async () => {
    const machine = await server({ command: () => ({ stdout: 'half', code: null }) });
    const transport = await open(machine.connection());
    await expect(transport.exec('fixed', null)).resolves.toMatchObject({ code: null });
  });

  it('that prints without end is cut', async () => {
    const machine = await server({ command: () => ({ stdout: 'x'.repeat(200_000) }) });
    const transport = await open(machine.connection(), password, { BERTH_SSH_MAX_EXEC_OUTPUT_BYTES: '4096' });
    await expect(transport.exec('fixed', null)).rejects.toMatchObject({ code: 'SSH_PROTOCOL_ERROR' });
  });

  it('that never ends is given up', async () => {
    const machine = await server({ command: () => undefined });
    const transport = await open(machine.connection(), password, { BERTH_SSH_EXEC_TIMEOUT_SECONDS: '1' });
    await expect(transport.exec('fixed', null)).rejects.toMatchObject({ code: 'CONNECTION_TIMEOUT' });
  });

  it('waits for its turn when as many run as are allowed', async () => {
    const machine = await server({ command: () => undefined });
    const transport = await open(machine.connection(), password, { BERTH_SSH_MAX_EXEC_CHANNELS: '2' });
    const all = [1, 2, 3].map(() => transport.exec('fixed', null));
    const failed = Promise.all(all.map((each) => each.catch((error: unknown) => error)));
    while (machine.seen.commands.length < 2) await turn();
    await transport.forward('127.0.0.1', machine.port).then((channel) => channel.destroy());
    expect(machine.seen.commands).toHaveLength(2);
    transport.close(refused('CLOSED', 'enough'));
    expect(await failed).toMatchObject([{ code: 'CLOSED' }, { code: 'CLOSED' }, { code: 'CLOSED' }]);
  });
});

describe('a forwarded channel', () => {
  it('carries bytes both ways to exactly the address asked for', async () => {
    const echo = await tcp((socket) => socket.pipe(socket));
    const machine = await server();
    const transport = await open(machine.connection());
    const channel = await transport.forward('127.0.0.1', echo);
    channel.write('ahoy');
    const [chunk] = (await once(channel, 'data')) as [Buffer];
    expect(chunk.toString()).toBe('ahoy');
    expect(machine.seen.forwards).toEqual([`127.0.0.1:${echo}`]);
    channel.destroy();
    while (machine.openChannels() > 0) await turn();
  });

  it.each([
    ['prohibited', 'SSH_FORWARDING_DENIED'],
    ['connect-failed', 'KUBERNETES_UNAVAILABLE'],
  ] as const)('refused as %s is %s', async (refuseForwarding, code) => {
    const machine = await server({ refuseForwarding });
    const transport = await open(machine.connection());
    await expect(transport.forward('127.0.0.1', 16_443)).rejects.toMatchObject({ code, outcome: 'refused' });
  });
});

describe('a connection that goes', () => {
  it('by a reset tells everybody, and the process lives', async () => {
    const machine = await server({ command: () => undefined });
    const transport = await open(machine.connection());
    const command = transport.exec('fixed', null).catch((error: unknown) => error);
    while (machine.seen.commands.length === 0) await turn();
    machine.reset();
    expect(await command).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(transport.lost.reason).toMatchObject({ code: 'CONNECTION_LOST' });
    await expect(transport.forward('127.0.0.1', 1)).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
  });

  it('silently is noticed by keepalives', async () => {
    const machine = await server();
    const transport = await open(machine.connection(), password, {
      BERTH_SSH_KEEPALIVE_SECONDS: '1',
      BERTH_SSH_KEEPALIVE_MISSES: '1',
    });
    machine.freeze();
    await once(transport.lost, 'abort');
    expect(transport.lost.reason).toMatchObject({
      code: 'CONNECTION_LOST',
      message: expect.stringContaining('went silent'),
    });
  });
});
