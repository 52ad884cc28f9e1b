import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBerth, spawnBerth } from '../support/app.js';
import { EventReader } from '../support/events.js';
import { openSocket } from '../support/raw-http.js';

/** Berth as a process of its own, from dist. */
describe('the process', () => {
  let directory: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-process-'));
    env = { BERTH_STATE_DIRECTORY: join(directory, 'state') };
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('prints the admin token once, with the address of the try-it console', async () => {
    const first = await spawnBerth(env);
    await first.stop();
    const second = await spawnBerth(env);
    const response = await fetch(`${second.url}/metrics`, { headers: { authorization: `Bearer ${first.token}` } });
    await second.stop();
    expect(first.output()).toContain(`${first.url}/docs`);
    expect(first.token).toMatch(/^berth_/);
    expect([second.token, response.status]).toEqual(['', 200]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends with status 0 on %s, with an open event stream, idle and half-sent connections',
    async (signal) => {
      const berth = await spawnBerth({ ...env, BERTH_HTTP_STOP_SECONDS: '60', BERTH_HTTP_LOG_LEVEL: 'info' });
      const headers = { authorization: `Bearer ${berth.token}` };
      const reader = new EventReader(await fetch(`${berth.url}/api/v1/events`, { headers }));
      await reader.next();
      const idle = await openSocket(berth.url);
      const halfSent = await openSocket(berth.url);
      halfSent.write('GET /livez HTTP/1.1\r\nHost: a\r\nX: ');
      const status = await berth.stop(signal);
      await reader.end();
      idle.destroy();
      halfSent.destroy();
      expect(status).toBe(0);
      expect(reader.text).toContain('retry: ');
      expect(berth.output()).toContain('"msg":"stopped"');
    },
  );

  it.each(['is gone', 'has stopped reading'])(
    'answers, and ends with status 0, when whoever reads its output %s',
    async (what) => {
      const berth = await spawnBerth({ ...env, BERTH_HTTP_LOG_LEVEL: 'trace' });
      for (const stream of [berth.child.stdout, berth.child.stderr]) {
        if (what === 'is gone') stream?.destroy();
        else stream?.pause();
      }
      // Each is a line of some hundred bytes; what a pipe and a socket hold is far less.
      const statuses = new Set<number>();
      for (let round = 0; round < 40; round += 1) {
        const answers = Array.from({ length: 50 }, () => fetch(`${berth.url}/api/v1/${'x'.repeat(300)}`));
        for (const answer of await Promise.all(answers)) statuses.add((await answer.arrayBuffer(), answer.status));
      }
      expect([...statuses]).toEqual([401]);
      expect(await berth.stop()).toBe(0);
    },
  );

  it('refuses a state that another process owns, names it, and ends with 75', async () => {
    const owner = await spawnBerth(env);
    const second = await runBerth([], env);
    await owner.stop();
    expect(second.status).toBe(75);
    expect(second.output).toMatch(/^STATE_LOCKED: /m);
    expect(second.output).not.toMatch(/^\s+at /m);
  });

  it('refuses a taken port in words, with status 78', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { status, output } = await runBerth([], { ...env, BERTH_HTTP_PORT: port });
    other.close();
    expect([status, output.includes(`ADDRESS_UNUSABLE: Berth cannot listen on 127.0.0.1 port ${port}`)]).toEqual([
      78,
      true,
    ]);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it.each([
    ['BERTH_HTTP_PORT', '99999', 'http.port'],
    ['BERTH_HTTP_STOP_SECONDS', 'soon', 'http.stopSeconds'],
    ['BERTH_ENV', 'nowhere', 'nowhere.yaml'],
  ])('refuses %s=%s in words, with status 78', async (name, value, word) => {
    const { status, output } = await runBerth([], { ...env, [name]: value });
    expect(status).toBe(78);
    expect(output).toContain(word);
    expect(output).not.toMatch(/^\s+at /m);
  });

  it('makes a new token on demand, and the old one is void', async () => {
    const first = await spawnBerth(env);
    await first.stop();
    const { status, output } = await runBerth(['token', 'reset'], env);
    const token = /berth_[\w-]{43}/.exec(output)?.[0] ?? '';
    const second = await spawnBerth(env);
    const ask = async (each: string): Promise<number> =>
      (await fetch(`${second.url}/metrics`, { headers: { authorization: `Bearer ${each}` } })).status;
    const statuses = [await ask(first.token), await ask(token)];
    await second.stop();
    expect([status, ...statuses]).toEqual([0, 401, 200]);
  });

  it('hands the state commands on', async () => {
    const first = await spawnBerth(env);
    await first.stop();
    const { status, output } = await runBerth(['state', 'verify'], env);
    expect([status, output.includes('good')]).toEqual([0, true]);
  });

  it('says how it is used when it does not know the command', async () => {
    const { status, output } = await runBerth(['fly'], env);
    expect([status, output.includes('Usage:')]).toEqual([64, true]);
  });
});
