import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Berth, startBerth } from '../support/app.js';
import { exchange } from '../support/raw-http.js';

const SCRIPT = 'console.log("berth");'.repeat(50);

describe('the pages', () => {
  let berth: Berth;
  let built: string;
  beforeAll(async () => {
    built = await mkdtemp(join(tmpdir(), 'berth-pages-'));
    await writeFile(join(built, 'index.html'), '<app-root ngCspNonce="BERTH_NONCE"></app-root>');
    await writeFile(join(built, 'main-ABCD1234.js'), SCRIPT);
    await writeFile(join(built, 'main-ABCD1234.js.br'), brotliCompressSync(SCRIPT));
    await writeFile(join(built, 'main-ABCD1234.js.gz'), gzipSync(SCRIPT));
    await writeFile(join(built, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
    berth = await startBerth({ env: { BERTH_HTTP_UI_DIRECTORY: built } });
  });
  afterAll(async () => {
    await berth.close();
    await rm(built, { recursive: true });
  });

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(berth.url + path, { headers });

  it.each(['/', '/sign-in', '/servers/new', '/servers/018f6d1e', '/pods', '/launch?server=1'])(
    'answer at %s without a token',
    async (path) => {
      const response = await get(path);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    },
  );

  it('carry a new nonce every time, and let nothing else run', async () => {
    const nonces = await Promise.all(
      [1, 2].map(async () => {
        const response = await get('/');
        const policy = response.headers.get('content-security-policy') ?? '';
        const nonce = /'nonce-([\w-]{22})'/.exec(policy)?.[1] ?? '';
        expect(await response.text()).toContain(`ngCspNonce="${nonce}"`);
        expect(policy).toContain("script-src 'self';");
        expect(policy).toContain("require-trusted-types-for 'script'");
        expect(policy).not.toContain('unsafe');
        expect(response.headers.get('cache-control')).toBe('no-store');
        return nonce;
      }),
    );
    expect(nonces[0]).not.toBe(nonces[1]);
  });

  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['identity', null],
  ])('come with files as the browser can read them: %s', async (accepted, encoding) => {
    const response = await get('/main-ABCD1234.js', { 'accept-encoding': accepted });
    expect(response.headers.get('content-encoding')).toBe(encoding);
    expect(await response.text()).toBe(SCRIPT);
    expect(response.headers.get('cache-control')).toContain('immutable');
    expect(response.headers.get('content-type')).toContain('javascript');
  });

  it('ask again for a file whose name says nothing of its content', async () => {
    expect((await get('/icon.svg')).headers.get('cache-control')).toBe('no-cache');
  });

  it.each(['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/main-ABCD1234.js.br', '/index.html'])(
    'give no other file: %s',
    async (path) => {
      const answer = await exchange(berth.url, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    },
  );

  it('do not open the API', async () => {
    expect((await get('/api/v1/servers')).status).toBe(401);
    expect((await get('/api/v1/nothing')).status).toBe(401);
  });

  it('say how to build them when they are missing', async () => {
    const other = await startBerth({ env: { BERTH_HTTP_UI_DIRECTORY: join(built, 'missing') } });
    const text = await (await fetch(other.url)).text();
    await other.close();
    expect(text).toContain('npm run build:ui');
  });
});
