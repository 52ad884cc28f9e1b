/**
 * `npm run demo`: a Berth of its own, in a directory that is gone afterwards, with a lively pretend fleet.
 *
 *   --port 3000          where it listens
 *   --servers N          a large fleet of N servers instead of the lab of twelve
 *   --pods N             other people's pods in it; default 100 a server
 *   --events N           how many of them change a second; default 0
 *   --managed N          pods launched through Berth in it; default 1 a server, at most 500
 *
 * Everything goes through the HTTP API; what fails, fails because the pretend server was registered with that trouble.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FIRST_PODS, LAB, largeFleet, randomPod } from './demo-fleet.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PARALLEL = 16;
const TRIES = 5;
/** So many pods of the lab come and go; beyond that the oldest is deleted. */
const MOST_COMING_AND_GOING = 25;
const LIFE_MS = 4_000;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.BERTH_HTTP_PORT ?? '3000' },
    servers: { type: 'string' },
    pods: { type: 'string' },
    events: { type: 'string', default: '0' },
    managed: { type: 'string' },
  },
});

function whole(text, name) {
  if (!/^\d{1,7}$/.test(text)) {
    process.stderr.write(`--${name} must be a whole number\n`);
    process.exit(2);
  }
  return Number(text);
}

const isLarge = values.servers !== undefined;
const serverCount = isLarge ? whole(values.servers, 'servers') : LAB.length;
const token = `berth_${randomBytes(32).toString('base64url')}`;
const directory = mkdtempSync(join(tmpdir(), 'berth-demo-'));
const tokenFile = join(directory, 'admin-token');
writeFileSync(tokenFile, token, { mode: 0o600 });

const berth = spawn(process.execPath, [join(ROOT, 'dist/main.js')], {
  cwd: ROOT,
  env: {
    // In the lab, trouble shows within half a minute.
    ...(isLarge ? {} : { BERTH_HEALTH_INTERVAL_SECONDS: '5' }),
    ...process.env,
    BERTH_HTTP_PORT: values.port,
    BERTH_STATE_DIRECTORY: join(directory, 'data'),
    BERTH_ADMIN_TOKEN_FILE: tokenFile,
    BERTH_SANDBOX: 'false',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const isOver = () => berth.exitCode !== null || berth.signalCode !== null;
berth.once('exit', (status) => {
  rmSync(directory, { recursive: true, force: true });
  process.exit(status ?? 0);
});
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isEnding = true;
    berth.kill('SIGTERM');
  });
}

const url = await new Promise((resolve) => {
  let printed = '';
  berth.stdout.on('data', (chunk) => {
    printed += chunk;
    const found = /Berth is ready: (http:\/\/[^/\s]+)/.exec(printed)?.[1];
    if (found) resolve(found);
  });
});

/** The answer, or null when it is a problem. */
async function call(method, path, json) {
  for (let tried = 1; ; tried += 1) {
    try {
      const response = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, ...(json ? { 'content-type': 'application/json' } : {}) },
        ...(json ? { body: JSON.stringify(json) } : {}),
      });
      const body = await response.json();
      if (response.ok) return body;
      if (response.status !== 409) process.stderr.write(`${method} ${path}: ${body.code} ${body.detail}\n`);
      return null;
    } catch (error) {
      if (isEnding || isOver() || tried === TRIES) throw error;
      // A kept connection that the other side has just closed.
      await sleep(100);
    }
  }
}

/** Runs `each` over `all`, a few at a time, in order of their beginning. */
async function forEach(all, each) {
  const left = all.entries();
  const worker = async () => {
    for (const [index, item] of left) await each(item, index);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

const begun = performance.now();
const ids = new Map();
const register = async (server) => {
  const made = await call('POST', '/servers', server);
  if (made) ids.set(server.name, made.id);
};

async function startLab() {
  await forEach(LAB, register);
  await forEach(FIRST_PODS, ({ server, ...pod }) => call('POST', '/pods', { ...pod, serverId: ids.get(server) }));
}

async function startLarge() {
  const pods = whole(values.pods ?? String(serverCount * 100), 'pods');
  const managed = values.managed === undefined ? Math.min(500, serverCount) : whole(values.managed, 'managed');
  await forEach(largeFleet(serverCount, pods, whole(values.events, 'events')), register);
  const servers = [...ids.values()];
  await forEach(Array.from({ length: managed }), (_, index) =>
    call('POST', '/pods', {
      name: `web-${index}`,
      image: index % 50 === 0 ? 'registry.example/crash:1' : 'registry.example/web:1',
      cpus: 0.1,
      memoryGiB: 0.1,
      serverId: servers[index % servers.length],
    }),
  );
}

/** Other users of the lab: somebody launches, somebody is done. */
async function live() {
  const launched = [];
  for (let sequence = 1; !isOver(); sequence += 1) {
    await sleep(LIFE_MS * (0.5 + Math.random()));
    const made = await call('POST', '/pods', randomPod(sequence)).catch(() => null);
    if (made) launched.push(made.id);
    if (launched.length > MOST_COMING_AND_GOING || (launched.length > 0 && Math.random() < 0.3)) {
      await call('DELETE', `/pods/${launched.shift()}`).catch(() => null);
    }
  }
}

async function run() {
  await (isLarge ? startLarge() : startLab());
  const seconds = ((performance.now() - begun) / 1_000).toFixed(1);
  process.stdout.write(`
Berth's demo is ready: ${ids.size} pretend servers, made in ${seconds} s.

  open   ${url}/
  token  ${token}

Swagger UI: ${url}/docs   Ctrl-C ends it and removes its data.
`);
  if (!isLarge) await live();
}

// What fails while Berth ends is no news; when it has ended, its directory goes.
await run().catch((error) => {
  if (!isEnding && !isOver()) process.stderr.write(`${error.stack}\n`);
  berth.kill('SIGTERM');
});
