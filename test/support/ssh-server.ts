/**
 * A real SSH server inside the test process. It records every authentication that reaches it, runs what `commands` says instead of a
 * shell, and forwards channels for real.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ServerChannel } from 'ssh2';
import { hostKeyOf } from '../../src/providers/kubernetes/ssh-host-key.js';
import type { HostKey, SshConnection } from '../../src/domain/server.js';

export interface CommandResult {
  readonly stdout?: string;
  readonly stderr?: string;
  /** Null: the channel closes without a status. */
  readonly code?: number | null;
}

export interface SshServerOptions {
  /** Private host keys in OpenSSH form; one ed25519 key when left out. */
  readonly hostKeys?: readonly string[];
  readonly methods?: readonly ('password' | 'publickey' | 'keyboard-interactive')[];
  readonly password?: string;
  /** Prompts of each keyboard-interactive round; the first answer of the first round must be the password. */
  readonly rounds?: readonly (readonly { readonly prompt: string; readonly echo: boolean }[])[];
  /** `stdin`: all that the client wrote. Undefined: the command never ends. */
  readonly command?: (command: string, stdin: string) => CommandResult | undefined;
  readonly refuseForwarding?: 'prohibited' | 'connect-failed';
}

export interface SshServer {
  readonly port: number;
  readonly hostKey: HostKey;
  /** What reached the server: methods, user names, passwords and answers. */
  readonly seen: {
    readonly methods: string[];
    readonly usernames: string[];
    readonly secrets: string[];
    readonly commands: string[];
    readonly forwards: string[];
  };
  openChannels(): number;
  connection(): SshConnection;
  /** Drops every connection with a TCP reset. */
  reset(): void;
  /** Stops reading: the connection stays open and silent. */
  freeze(): void;
  close(): Promise<void>;
}

interface KeyPair {
  readonly private: string;
  readonly public: string;
}

/** One in some hundred keys that ssh2 makes it cannot read. */
function readable(make: () => KeyPair, passphrase?: string): KeyPair {
  for (;;) {
    const made = make();
    if (!(ssh2.utils.parseKey(made.private, passphrase) instanceof Error)) return made;
  }
}

export function makeHostKey(type: 'ed25519' | 'ecdsa' = 'ed25519'): string {
  const make = (): KeyPair =>
    type === 'ed25519'
      ? ssh2.utils.generateKeyPairSync('ed25519')
      : ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
  return readable(make).private;
}

/** A key pair whose private half its passphrase opens. */
export function makeLockedKey(passphrase: string): KeyPair {
  const options = { passphrase, cipher: 'aes256-cbc', rounds: 1 };
  return readable(() => ssh2.utils.generateKeyPairSync('ed25519', options), passphrase);
}

function blobOf(privateKey: string): Buffer {
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  return (Array.isArray(key) ? key[0]! : key).getPublicSSH();
}

class Instance {
  readonly seen = { methods: [], usernames: [], secrets: [], commands: [], forwards: [] } as SshServer['seen'];
  channels = 0;

  constructor(private readonly options: SshServerOptions) {}

  authenticate(context: AuthContext): void {
    const methods = [...(this.options.methods ?? ['password'])];
    this.seen.methods.push(context.method);
    this.seen.usernames.push(context.username);
    const wanted = this.options.password ?? 'secret';
    if (context.method === 'password') {
      this.seen.secrets.push(context.password);
      if (methods.includes('password') && context.password === wanted) return context.accept();
    }
    if (context.method === 'publickey' && methods.includes('publickey')) return context.accept();
    if (context.method === 'keyboard-interactive' && methods.includes('keyboard-interactive')) {
      const rounds = [...(this.options.rounds ?? [[{ prompt: 'Password: ', echo: false }]])];
      const ask = (isGood: boolean): void => {
        const round = rounds.shift();
        if (!round) return isGood ? context.accept() : context.reject();
        context.prompt([...round], (answers) => {
          this.seen.secrets.push(...answers);
          ask(isGood && answers.length === round.length && answers[0] === wanted);
        });
      };
      return ask(true);
    }
    context.reject(methods);
  }

  serve(connection: Connection): void {
    connection.on('error', () => {});
    connection.on('authentication', (context) => this.authenticate(context));
    connection.on('session', (accept) => {
      const session = accept();
      session.on('exec', (acceptExec, _reject, info) => this.run(info.command, acceptExec()));
    });
    // Without a listener, ssh2 answers that forwarding is prohibited.
    if (this.options.refuseForwarding === 'prohibited') return;
    connection.on('tcpip', (accept, reject, info) => {
      this.seen.forwards.push(`${info.destIP}:${info.destPort}`);
      if (this.options.refuseForwarding === 'connect-failed') {
        reject();
        return;
      }
      const socket = connect(info.destPort, info.destIP);
      socket.once('error', () => (socket.connecting ? reject() : undefined));
      socket.once('connect', () => {
        const channel = accept();
        this.channels += 1;
        channel.on('error', () => {});
        channel.once('close', () => {
          this.channels -= 1;
          socket.destroy();
        });
        socket.on('error', () => channel.destroy());
        channel.pipe(socket).pipe(channel);
      });
    });
  }

  run(command: string, channel: ServerChannel): void {
    this.seen.commands.push(command);
    const chunks: Buffer[] = [];
    channel.on('error', () => {});
    channel.on('data', (chunk: Buffer) => chunks.push(chunk));
    channel.on('end', () => {
      const result = this.options.command?.(command, Buffer.concat(chunks).toString());
      if (!result || channel.destroyed || !channel.stderr.writable) return;
      channel.stderr.write(result.stderr ?? '');
      channel.write(result.stdout ?? '');
      if (result.code !== null) channel.exit(result.code ?? 0);
      channel.end();
    });
  }
}

export async function startSshServer(options: SshServerOptions = {}): Promise<SshServer> {
  const hostKeys = [...(options.hostKeys ?? [makeHostKey()])];
  const instance = new Instance(options);
  const sockets = new Set<Socket>();
  const server = new ssh2.Server({ hostKeys }, (connection) => instance.serve(connection));
  server.on('error', () => {});
  const raw = (server as unknown as { _srv: { on(event: 'connection', listener: (socket: Socket) => void): void } })
    ._srv;
  raw.on('connection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hostKey = hostKeyOf(blobOf(hostKeys[0]!));
  return {
    port,
    hostKey,
    seen: instance.seen,
    openChannels: () => instance.channels,
    connection: () => ({ kind: 'ssh', host: '127.0.0.1', port, username: 'azureuser', hostKey, useTunnel: true }),
    reset: () => sockets.forEach((socket) => socket.resetAndDestroy()),
    freeze: () => sockets.forEach((socket) => socket.pause()),
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}
