/** One Berth as a user has it: a child process from dist, spoken to over HTTP only. It may die and be started again on its directory. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { PodDto, PodEventDto } from '../../../src/pods/pod.dto.js';
import type { LaunchDto } from '../../../src/pods/launch.dto.js';
import type { RegisterDto } from '../../../src/servers/register.dto.js';
import type { ClusterPodDto, ServerDto, ServerListDto } from '../../../src/servers/server.dto.js';
import { type SpawnedBerth, spawnBerth } from '../../support/app.js';
import { stateText } from '../../support/state-text.js';
import { eventually } from './eventually.js';
import { Canaries, secretsOfFacts } from './secrets.js';

const run = promisify(execFile);
const READER = fileURLToPath(new URL('reader.mjs', import.meta.url));

/** Everything happens soon, so that a case waits for a condition and not for an interval. */
export const SOON = {
  BERTH_HTTP_LOG_LEVEL: 'info',
  BERTH_HEALTH_INTERVAL_SECONDS: '1',
  BERTH_HEALTH_TIMEOUT_SECONDS: '4',
  BERTH_HEALTH_STRIKES_DOWN: '3',
  BERTH_HEALTH_STRIKES_UP: '2',
  BERTH_REFRESH_INTERVAL_SECONDS: '3',
  BERTH_REFRESH_TIMEOUT_SECONDS: '5',
  BERTH_REFRESH_USAGE_INTERVAL_SECONDS: '2',
  BERTH_REFRESH_MAX_BACKOFF_SECONDS: '3',
  BERTH_PODS_SETTLE_INTERVAL_SECONDS: '1',
  BERTH_PODS_CALL_TIMEOUT_SECONDS: '5',
  BERTH_PODS_LATE_CREATE_SECONDS: '3',
  BERTH_SSH_KEEPALIVE_SECONDS: '2',
  BERTH_SSH_KEEPALIVE_MISSES: '2',
};

export interface Answer<T = unknown> {
  readonly status: number;
  readonly body: T;
  readonly ms: number;
}

export interface ProblemBody {
  readonly code: string;
  readonly detail: string;
  readonly hint: string;
  readonly shortfalls?: readonly { readonly resource: string; readonly missing: number }[];
  readonly details?: Readonly<Record<string, unknown>>;
}

export type Launch = Pick<LaunchDto, 'image'> & Partial<LaunchDto>;

/** A line of Berth's log. */
/** A page of Berth's own pods, each of which has an id. */
interface ManagedPage {
  readonly items: readonly PodDto[];
  readonly nextCursor: string | null;
}

interface LogLine {
  readonly level: string;
  readonly msg?: string;
  readonly code?: string;
}

export class LiveBerth {
  readonly #canaries: Canaries;
  readonly #env: Record<string, string>;
  readonly #lives: SpawnedBerth[] = [];
  readonly #leaks: string[] = [];
  #token = '';

  private constructor(
    readonly directory: string,
    env: Record<string, string>,
    secrets: readonly string[],
  ) {
    this.#env = { ...SOON, ...env, BERTH_STATE_DIRECTORY: directory };
    this.#canaries = new Canaries([...secretsOfFacts(), ...secrets]);
  }

  /** `secrets`: more that must never be seen. */
  static async start(env: Record<string, string> = {}, secrets: readonly string[] = []): Promise<LiveBerth> {
    const berth = new LiveBerth(await mkdtemp(join(tmpdir(), 'berth-live-')), env, secrets);
    await berth.revive();
    return berth;
  }

  get #life(): SpawnedBerth {
    const life = this.#lives.at(-1);
    if (!life) throw new Error('Berth was never started');
    return life;
  }

  /** Starts it (again). */
  async revive(): Promise<void> {
    const life = await spawnBerth(this.#env);
    this.#lives.push(life);
    this.#token ||= life.token;
  }

  /** kill -9; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#life.stop('SIGKILL');
  }

  /** A clean stop; the directory goes too. @returns the exit status */
  async end(): Promise<number | null> {
    const status = await this.#life.stop();
    await rm(this.directory, { recursive: true, force: true });
    return status;
  }

  /** Sends a request; rejects only when the connection breaks. */
  async call<T>(
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer<T>> {
    const startedAt = performance.now();
    const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/json' };
    const response = await fetch(this.#life.url + path, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...type, ...headers },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    const ms = performance.now() - startedAt;
    this.#watchFor(text, `the answer to ${method} ${path}`);
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, body: (isJson ? JSON.parse(text) : text) as T, ms };
  }

  /** A body that is read as it comes: logs that are followed. */
  async open(path: string, signal: AbortSignal): Promise<Response> {
    return fetch(this.#life.url + path, { headers: { authorization: `Bearer ${this.#token}` }, signal });
  }

  /** How long each of many reads takes, one after another, in milliseconds; every one must succeed. */
  async timeReads(path: string, count: number): Promise<readonly number[]> {
    const args = [READER, this.#life.url + path, String(count)];
    const { stdout } = await run(process.execPath, args, {
      env: { BERTH_LIVE_TOKEN: this.#token },
      maxBuffer: 2 ** 24,
    });
    return JSON.parse(stdout) as number[];
  }

  async #expect<T>(status: number, method: string, path: string, json?: unknown): Promise<T> {
    const answer = await this.call<T>(method, path, json);
    if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  get<T>(path: string): Promise<T> {
    return this.#expect<T>(200, 'GET', path);
  }

  post<T>(path: string, json: unknown = {}): Promise<T> {
    return this.#expect<T>(200, 'POST', path, json);
  }

  register(dto: RegisterDto): Promise<ServerDto> {
    return this.#expect<ServerDto>(201, 'POST', '/api/v1/servers', dto);
  }

  async servers(): Promise<readonly ServerDto[]> {
    return (await this.get<ServerListDto>('/api/v1/servers')).items;
  }

  server(id: string): Promise<ServerDto> {
    return this.get<ServerDto>(`/api/v1/servers/${id}`);
  }

  clusterPods(serverId: string): Promise<readonly ClusterPodDto[]> {
    return this.get(`/api/v1/servers/${serverId}/pods`);
  }

  /** 0.1 cores and 64 MiB unless told otherwise. */
  launch(asked: Launch, wait = 0): Promise<PodDto> {
    return this.#expect<PodDto>(202, 'POST', `/api/v1/pods?wait=${wait}`, { cpus: 0.1, memoryGiB: 0.0625, ...asked });
  }

  tryLaunch(asked: Launch, headers: Record<string, string> = {}): Promise<Answer<PodDto & ProblemBody>> {
    return this.call('POST', '/api/v1/pods', { cpus: 0.1, memoryGiB: 0.0625, ...asked }, headers);
  }

  pod(id: string): Promise<PodDto> {
    return this.get<PodDto>(`/api/v1/pods/${id}`);
  }

  /** All pods of a server, also those that are over. */
  async pods(serverId: string): Promise<readonly PodDto[]> {
    const found: PodDto[] = [];
    let cursor: string | null = null;
    do {
      const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const query = `?serverId=${serverId}&finished=true&limit=1000${from}`;
      const page: ManagedPage = await this.get<ManagedPage>(`/api/v1/pods${query}`);
      found.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return found;
  }

  events(podId: string): Promise<readonly PodEventDto[]> {
    return this.get(`/api/v1/pods/${podId}/events`);
  }

  logs(podId: string, query = ''): Promise<string> {
    return this.get<string>(`/api/v1/pods/${podId}/logs${query}`);
  }

  remove(podId: string): Promise<PodDto> {
    return this.#expect<PodDto>(202, 'DELETE', `/api/v1/pods/${podId}`);
  }

  refresh(serverId: string): Promise<unknown> {
    return this.post('/api/v1/jobs/refresh/run', { serverId });
  }

  podIn(state: PodDto['state'], podId: string, ms = 20_000): Promise<PodDto> {
    return eventually(
      `the pod is ${state}`,
      async () => {
        const pod = await this.pod(podId);
        if (pod.state !== state) throw new Error(`it is ${pod.state} (${pod.reason} ${pod.message})`);
        return pod;
      },
      ms,
    );
  }

  serverIn(state: ServerDto['state'], serverId: string, ms = 30_000): Promise<ServerDto> {
    return eventually(
      `the server is ${state}`,
      async () => {
        const server = await this.server(serverId);
        if (server.state !== state) throw new Error(`it is ${server.state} (${server.code} ${server.message})`);
        return server;
      },
      ms,
    );
  }

  async metric(name: string): Promise<number> {
    const text = await this.get<string>('/metrics');
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  /** Lines that Berth logged as errors, over all its lives. */
  errorLines(): readonly LogLine[] {
    return this.#lives
      .flatMap((life) => life.output().split('\n'))
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as LogLine)
      .filter(({ level }) => level === 'error' || level === 'fatal');
  }

  #watchFor(text: string, where: string): void {
    if (this.#canaries.isIn(text) || (this.#token !== '' && text.includes(this.#token))) this.#leaks.push(where);
  }

  /** Where a secret was seen: in an answer, in what was printed, or in the state on disk. */
  async leaks(): Promise<readonly string[]> {
    this.#lives.forEach((life, index) => {
      // The first start prints the token, once, on purpose.
      const printed = index === 0 ? life.output().replace(this.#token, '') : life.output();
      this.#watchFor(printed, `what Berth printed in its life ${index}`);
    });
    this.#watchFor(await stateText(this.directory), 'the state');
    return this.#leaks;
  }
}
