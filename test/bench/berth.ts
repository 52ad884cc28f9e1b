/** The built Berth as a process, and the few calls that the bench makes. */
import { join } from 'node:path';
import { Child, ROOT } from './child.js';
import { HttpConnection, request } from './http-client.js';

/** What the bench reads of an answer; the whole is checked elsewhere. */
export interface ServerAnswer {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly ageSeconds: number | null;
}

export interface TrialAnswer {
  readonly steps: readonly { readonly step: string; readonly latencyMs: number }[];
}

export interface BerthOptions {
  readonly directory: string;
  readonly token?: string;
  readonly ports?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

/** As `npm start` and the image start it. */
const AS_SHIPPED = ['--max-semi-space-size=8'];
const PROFILE_DIRECTORY = process.env['BERTH_BENCH_PROFILES'];
const NAMED_PORTS = [22, 443, 6_443, 16_443, 2_222];

export class Berth {
  readonly #connection: HttpConnection;

  private constructor(
    readonly child: Child,
    readonly url: string,
    readonly token: string,
    /** From the start of the process until it listens, milliseconds. */
    readonly startedMs: number,
  ) {
    this.#connection = new HttpConnection(url);
  }

  /** With the settings of a plain installation, except that machines on loopback may be registered. */
  static async start({ directory, token, ports = [], env }: BerthOptions): Promise<Berth> {
    const profile = PROFILE_DIRECTORY === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILE_DIRECTORY}`];
    const [child, url] = await Child.start(
      [...AS_SHIPPED, ...profile, join(ROOT, 'dist/main.js')],
      /Berth is ready: (http\S+)\/\n/,
      {
        watchesLoop: true,
        env: {
          BERTH_HTTP_PORT: '0',
          BERTH_STATE_DIRECTORY: directory,
          BERTH_NETWORK_ALLOWED_CIDRS: '127.0.0.0/8,10.0.0.0/8,192.168.0.0/16,172.16.0.0/12',
          BERTH_NETWORK_ALLOWED_PORTS: [...NAMED_PORTS, ...ports].join(','),
          ...env,
        },
      },
    );
    const startedMs = performance.now() - child.startedAt;
    const made = /berth_[\w-]{43}/.exec(child.output)?.[0];
    return new Berth(child, url, token ?? made ?? '', startedMs);
  }

  /** The bytes of a request with the token. */
  bytes(method: string, path: string, json?: unknown, headers: Readonly<Record<string, string>> = {}): Buffer {
    return request(method, path, { authorization: `Bearer ${this.token}`, ...headers }, json);
  }

  /** @throws Error with the answer when its status is not 2xx. */
  async call<T>(method: string, path: string, json?: unknown): Promise<T> {
    const { status, body } = await this.#connection.send(this.bytes(method, path, json));
    if (status < 200 || status > 299) throw new Error(`${method} ${path} answered ${status}: ${body.toString()}`);
    return JSON.parse(body.toString()) as T;
  }

  register(name: string, reach: object): Promise<ServerAnswer> {
    return this.call('POST', '/api/v1/servers', { name, ...reach });
  }

  async servers(): Promise<readonly ServerAnswer[]> {
    return (await this.call<{ items: readonly ServerAnswer[] }>('GET', '/api/v1/servers')).items;
  }

  async stop(): Promise<void> {
    this.#connection.close();
    await this.child.stop();
  }
}
