/** A whole Berth for tests: in this process from source (`startBerth`), or as a child process from dist (`spawnBerth`). */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynamicModule, Type } from '@nestjs/common';
import { type BerthApp, createApp, ensureAdminToken } from '../../src/app.js';
import { Log } from '../../src/http/log.js';
import { loadSettings } from '../../src/settings.js';
import { StateRepository } from '../../src/state/state.repository.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BerthOptions {
  /** As in the environment of the process: `{ BERTH_HTTP_BODY_LIMIT_BYTES: '2048' }`. */
  readonly env?: Record<string, string>;
  readonly modules?: readonly (Type | DynamicModule)[];
  /** Uses this state directory, and leaves it. */
  readonly directory?: string;
}

export interface Berth {
  readonly app: BerthApp;
  readonly url: string;
  readonly token: string;
  readonly state: StateRepository;
  readonly directory: string;
  /** Every line that was logged. */
  readonly logged: string[];
  /** `fetch` with the token; a `json` body is sent as JSON. */
  fetch(path: string, options?: RequestInit & { readonly json?: unknown }): Promise<Response>;
  close(): Promise<void>;
}

export async function startBerth(options: BerthOptions = {}): Promise<Berth> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'berth-')));
  const env = { BERTH_ENV: 'test', BERTH_STATE_DIRECTORY: directory, ...options.env };
  const settings = loadSettings(env, join(ROOT, 'config'));
  const logged: string[] = [];
  const log = new Log('debug', { write: (line: string) => void logged.push(line) });
  const app = await createApp(settings, { log, ...(options.modules ? { modules: options.modules } : {}) });
  let token: string;
  let url: string;
  try {
    token = (await ensureAdminToken(app))?.reveal() ?? '';
    url = await app.listen();
  } catch (error) {
    await app.stop();
    throw error;
  }
  return {
    app,
    url,
    token,
    directory,
    logged,
    state: app.nest.get(StateRepository, { strict: false }),
    fetch(path, { json, headers, ...rest } = {}) {
      const sent = new Headers(headers);
      sent.set('authorization', `Bearer ${token}`);
      if (json !== undefined) sent.set('content-type', 'application/json');
      return fetch(url + path, {
        ...rest,
        headers: sent,
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
    },
    async close() {
      await app.stop();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

export interface SpawnedBerth {
  readonly child: ChildProcess;
  readonly url: string;
  /** Empty when this was not the first start on its directory. */
  readonly token: string;
  readonly directory: string;
  /** All that the process has printed so far. */
  output(): string;
  /** Sends a signal and resolves with the exit status; null when the signal ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts `node dist/main.js`; run `npm run build` before. Rejects with what it printed when it does not get ready. */
export async function spawnBerth(env: Record<string, string> = {}): Promise<SpawnedBerth> {
  const directory = env['BERTH_STATE_DIRECTORY'] ?? (await mkdtemp(join(tmpdir(), 'berth-')));
  const child = spawn(process.execPath, [join(ROOT, 'dist/main.js')], {
    env: { PATH: process.env['PATH'], BERTH_ENV: 'test', BERTH_STATE_DIRECTORY: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exited = once(child, 'exit');
  const ready = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      const url = /Berth is ready: (http\S+)\/\n/.exec(output)?.[1];
      // The token follows in the same write; a newline ends both.
      if (url !== undefined) resolve(url);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (status) => reject(new Error(`Berth ended with ${status}:\n${output}`)));
  });
  const url = await ready;
  return {
    child,
    url,
    directory,
    token: /berth_[\w-]{43}/.exec(output)?.[0] ?? '',
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [status]: unknown[] = await exited;
      return typeof status === 'number' ? status : null;
    },
  };
}

/** Runs `node dist/main.js …` to its end. */
export async function runBerth(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'dist/main.js'), ...args], {
    env: { PATH: process.env['PATH'], BERTH_ENV: 'test', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (output += chunk.toString()));
  const [status]: unknown[] = await once(child, 'close');
  return { status: typeof status === 'number' ? status : null, output };
}
