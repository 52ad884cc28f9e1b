import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AdminToken } from '../../src/access/admin-token.js';
import { type Berth, startBerth } from '../support/app.js';
import { exchange } from '../support/raw-http.js';
import { stateText } from '../support/state-text.js';

/**
 * Everything that can be had without a token. A route that is added here must be safe in the hands of a stranger: it shows nothing
 * about machines, pods or people, and changes nothing.
 */
const PUBLIC_ROUTES = [
  'GET /docs',
  'GET /docs/',
  'GET /docs/assets/*',
  'GET /docs/openapi.json',
  'GET /docs/start.js',
  'GET /livez',
  'GET /readyz',
  'HEAD /docs',
  'HEAD /docs/',
  'HEAD /docs/assets/*',
  'HEAD /docs/openapi.json',
  'HEAD /docs/start.js',
  'HEAD /livez',
  'HEAD /readyz',
  'POST /api/v1/session',
];

describe('access', () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await startBerth();
  });
  afterAll(() => berth.close());

  const routes = (isPublic: boolean): string[] =>
    berth.app.routes
      .list()
      .filter((route) => route.isPublic === isPublic)
      .map(({ method, url }) => `${method} ${url}`)
      .sort();

  it('opens exactly these routes to everybody', () => {
    expect(routes(true)).toEqual(PUBLIC_ROUTES);
  });

  const WRONG: [string, Record<string, string>][] = [
    ['no token', {}],
    ['a wrong token', { authorization: `Bearer berth_${'A'.repeat(43)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['basic authentication', { authorization: 'Basic YWRtaW46YWRtaW4=' }],
    ['a forged address', { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-user': 'admin' }],
  ];

  it.each(WRONG)('refuses every other route to %s', async (_what, headers) => {
    const kept = routes(false);
    expect(kept.length).toBeGreaterThan(2);
    for (const route of kept) {
      const [method = '', url = ''] = route.split(' ');
      const path = url.replace(/:\w+/g, '018f6d1e-7c8a-4b3e-9f60-2d1c0b9a8e7f');
      const response = await fetch(berth.url + path, { method, headers: { ...headers, 'x-route': route } });
      expect([401, 429]).toContain(response.status);
      if (method !== 'HEAD') expect(await response.text()).toMatch(/UNAUTHENTICATED|TOO_MANY_REQUESTS/);
    }
  });

  it('refuses unknown addresses to strangers, so that nobody can tell them from known ones', async () => {
    const response = await fetch(`${berth.url}/api/v1/nothing`, { headers: {} });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('refuses a stranger before the body is read', async () => {
    const text = await exchange(
      berth.url,
      'POST /api/v1/pods HTTP/1.1\r\nHost: a\r\nContent-Type: text/evil\r\nContent-Length: 900000\r\nConnection: close\r\n\r\n',
    );
    expect(text).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('does not look for a token in the address', async () => {
    const response = await fetch(`${berth.url}/metrics?token=${berth.token}&access_token=${berth.token}`);
    expect(response.status).toBe(401);
  });

  it('slows down wrong tokens and still hears the right one', async () => {
    const wrong = (): Promise<Response> =>
      fetch(`${berth.url}/metrics`, { headers: { authorization: 'Bearer wrong' } });
    let last = await wrong();
    for (let count = 0; count < 6; count += 1) last = await wrong();
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await last.json()) as object).toMatchObject({ code: 'TOO_MANY_REQUESTS' });
    expect((await berth.fetch('/metrics')).status).toBe(200);
  });

  it('keeps only the hash of the token', async () => {
    const file = await stateText(berth.directory);
    expect(file).toContain(berth.state.read().access.adminTokenHash);
    expect(file).not.toContain(berth.token);
  });
});

describe('the session of a browser', () => {
  let berth: Berth;
  let cookie = '';
  beforeEach(async () => {
    berth = await startBerth();
    const response = await signIn(berth.token);
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  });
  afterEach(() => berth.close());

  const signIn = (token: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${berth.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ token }),
    });
  const get = (path: string, sent = cookie): Promise<Response> =>
    fetch(berth.url + path, { headers: { cookie: sent } });
  const change = (headers: Record<string, string>): Promise<Response> =>
    fetch(`${berth.url}/api/v1/jobs/health/stop`, { method: 'POST', headers: { cookie, ...headers } });

  it('is a cookie that no script can read and no other site can send', async () => {
    const header = (await signIn(berth.token)).headers.get('set-cookie');
    expect(header).toMatch(/^berth_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/);
  });

  it('behind HTTPS is a cookie of this host alone', async () => {
    await berth.close();
    berth = await startBerth({ env: { BERTH_ACCESS_IS_COOKIE_SECURE: 'true' } });
    const header = (await signIn(berth.token)).headers.get('set-cookie');
    expect(header).toMatch(/^__Host-berth_session=.*; Secure$/);
    const sent = header?.split(';')[0] ?? '';
    expect((await get('/metrics', sent)).status).toBe(200);
    expect((await get('/metrics', sent.replace('__Host-', ''))).status).toBe(401);
  });

  it('opens what the token opens, and tells who is signed in', async () => {
    expect((await get('/metrics')).status).toBe(200);
    expect(await (await get('/api/v1/session')).json()).toEqual({ actor: 'admin', expiresAt: expect.any(String) });
    expect(await (await berth.fetch('/api/v1/session')).json()).toEqual({ actor: 'admin', expiresAt: null });
  });

  it('is not begun with a wrong token, and guesses are slowed down', async () => {
    const answers: number[] = [];
    for (let each = 0; each < 7; each += 1) answers.push((await signIn(`wrong-${each}`)).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }, 403],
    ['another port of this host', { origin: 'http://127.0.0.1:1' }, 403],
    ['an opaque page', { origin: 'null' }, 403],
    ['nobody says where', {}, 403],
    ['another site, as the browser says', { 'sec-fetch-site': 'same-site' }, 403],
    ['its own page, as the browser says', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('lets a change pass only from its own page: %s', async (_from, headers, status) => {
    const response = await change({ ...headers });
    expect(response.status).toBe(status);
    if (status === 403) expect((await response.json()) as object).toMatchObject({ code: 'CROSS_SITE' });
  });

  it('has one effect per Idempotency-Key, whatever other cookies come and go', async () => {
    const headers = { origin: berth.url, 'content-type': 'application/json', 'idempotency-key': 'with-cookies' };
    const body = JSON.stringify({ name: 'twice', sandbox: {} });
    const register = async (sent: string): Promise<unknown[]> => {
      const options = { method: 'POST', body, headers: { ...headers, cookie: sent } };
      const answer = await fetch(`${berth.url}/api/v1/servers`, options);
      return [answer.status, ((await answer.json()) as { id: string }).id];
    };
    const first = await register(cookie);
    expect(await register(`theme=dark; ${cookie}`)).toEqual(first);
    expect(first[0]).toBe(201);
    await berth.fetch(`/api/v1/servers/${String(first[1])}`, { method: 'DELETE' });
  });

  it('is found behind a cookie of the same name that another port has planted', async () => {
    expect((await get('/metrics', `berth_session=${'A'.repeat(43)}; ${cookie}`)).status).toBe(200);
  });

  it('lets a change pass from the address that the page was loaded from', async () => {
    expect((await change({ origin: berth.url })).status).toBe(200);
  });

  it('outlives a restart', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'berth-session-'));
    const first = await startBerth({ directory });
    const { token } = first;
    const answer = await fetch(`${first.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const kept = answer.headers.get('set-cookie')?.split(';')[0] ?? '';
    await first.close();
    const second = await startBerth({ directory });
    const { status } = await fetch(`${second.url}/metrics`, { headers: { cookie: kept } });
    await second.close();
    const file = await stateText(directory);
    await rm(directory, { recursive: true });
    expect(status).toBe(200);
    expect(file).not.toContain(kept.split('=')[1]);
  });

  it('ends with signing out, and with a new admin token', async () => {
    const other = (await signIn(berth.token)).headers.get('set-cookie')?.split(';')[0] ?? '';
    const left = await fetch(`${berth.url}/api/v1/session`, {
      method: 'DELETE',
      headers: { cookie, origin: berth.url },
    });
    expect([left.status, left.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
    expect([(await get('/metrics')).status, (await get('/metrics', other)).status]).toEqual([401, 200]);
    await berth.app.nest.get(AdminToken, { strict: false }).reset();
    expect((await get('/metrics', other)).status).toBe(401);
  });

  it('is over when its time is', async () => {
    await berth.state.update({ actor: 'test', reason: 'time passes' }, (draft) => {
      for (const hash of Object.keys(draft.access.sessions ?? {})) {
        draft.access.sessions = { [hash]: { actor: 'admin', expiresAt: '2020-01-01T00:00:00.000Z' } };
      }
    });
    expect((await get('/metrics')).status).toBe(401);
  });
});

describe('the admin token', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'berth-token-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is made at the first start and never again', async () => {
    const state = join(directory, 'state');
    const first = await startBerth({ directory: state });
    await first.close();
    const second = await startBerth({ directory: state });
    const response = await fetch(`${second.url}/metrics`, { headers: { authorization: `Bearer ${first.token}` } });
    await second.close();
    expect(first.token).toMatch(/^berth_[\w-]{43}$/);
    expect([second.token, response.status]).toEqual(['', 200]);
  });

  it('can come from a file', async () => {
    const path = join(directory, 'token');
    const token = 'a-token-from-a-secret-store-0123456789';
    await writeFile(path, `${token}\n`);
    const berth = await startBerth({ env: { BERTH_ADMIN_TOKEN_FILE: path } });
    const response = await fetch(`${berth.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
    await berth.close();
    expect([berth.token, response.status]).toEqual(['', 200]);
  });

  it.each([
    ['is missing', null],
    ['is empty', '\n'],
    ['can be guessed', 'admin'],
  ])('file that %s stops the start', async (_what, text) => {
    const path = join(directory, 'token');
    if (text !== null) await writeFile(path, text);
    await expect(startBerth({ env: { BERTH_ADMIN_TOKEN_FILE: path } })).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
    });
  });
});
