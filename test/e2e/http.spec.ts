import { once } from 'node:events';
import type { Problem } from '../../src/http/problem.js';
import { type Berth, startBerth } from '../support/app.js';
import { EchoController, EchoModule } from '../support/echo.module.js';
import { exchange, openSocket, statuses } from '../support/raw-http.js';

const GOOD = { name: 'web', amounts: { cpus: 1.5 } };

const problem = async (response: Response): Promise<Problem> => (await response.json()) as Problem;

describe('HTTP', () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await startBerth({
      modules: [EchoModule],
      env: {
        BERTH_HTTP_BODY_LIMIT_BYTES: '20000',
        BERTH_HTTP_REQUEST_TIMEOUT_SECONDS: '1',
        BERTH_HTTP_HANDLER_TIMEOUT_SECONDS: '2',
        BERTH_HTTP_CONNECTION_TIMEOUT_SECONDS: '3',
      },
    });
  });
  afterAll(() => berth.close());

  const post = (
    body: string | Buffer,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<Response> => berth.fetch('/echo', { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers });
  const head = (line: string, ...headers: string[]): string =>
    [line, 'Host: berth', `Authorization: Bearer ${berth.token}`, ...headers, '', ''].join('\r\n');

  describe('a body', () => {
    it.each(['application/json', 'application/json; charset=utf-8', 'application/json;charset=UTF-8'])(
      'is read as %s',
      async (type) => {
        const response = await post(JSON.stringify(GOOD), { 'content-type': type });
        expect([response.status, await response.json()]).toEqual([200, GOOD]);
      },
    );

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
      'application/json, text/plain',
      'application/json;',
      'application/json\t; charset=utf-8',
      'application/json; charset=utf-8; x=y',
      'application/jsonx',
      'application/vnd.api+json',
      'text/json',
      '',
    ])('sent as "%s" is refused before it is validated', async (type) => {
      const response = await post(JSON.stringify(GOOD), { 'content-type': type });
      expect([response.status, (await problem(response)).code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });

    it('without a content type is refused', async () => {
      const text = await exchange(
        berth.url,
        `${head('POST /echo HTTP/1.1', 'Content-Length: 2', 'Connection: close')}{}`,
      );
      expect(statuses(text)).toEqual([415]);
    });

    it('that is compressed is refused', async () => {
      const response = await post('{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      expect(response.status).toBe(415);
    });

    it('of a GET is refused', async () => {
      const text = await exchange(
        berth.url,
        `${head('GET /echo/revision HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 2', 'Connection: close')}{}`,
      );
      expect(statuses(text)).toEqual([400]);
    });

    it.each([
      ['nothing at all after a brace', '{'],
      ['a trailing comma', '{"name":"a",}'],
      ['a byte order mark', '\uFEFF{}'],
      ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
      ['an array', '[]'],
      ['null', 'null'],
      ['a text', '"name"'],
      ['__proto__ as a key', '{"__proto__":{"isAdmin":true}}'],
      ['an escaped __proto__', String.raw`{"\u005f_proto__":{"isAdmin":true}}`],
      ['constructor.prototype', '{"constructor":{"prototype":{"isAdmin":true}}}'],
      ['__proto__ deep inside', '{"name":"a","amounts":{"cpus":1,"__proto__":{"isAdmin":true}}}'],
      ['a key twice', '{"name":"a","name":"b"}'],
      ['a key twice, once escaped', String.raw`{"name":"a","n\u0061me":"b"}`],
      ['a key twice behind a text full of quotes', String.raw`{"a":"x\\\"{,","b":1,"b":2}`],
      ['an infinite number', '{"name":"a","amounts":{"cpus":1e400}}'],
      ['a negative infinite number', '{"name":"a","amounts":{"cpus":-1e400}}'],
      ['a NUL', String.raw`{"name":"a\u0000b"}`],
      ['half a surrogate pair', String.raw`{"name":"\ud800"}`],
      ['half a surrogate pair in a key', String.raw`{"\udc00":1}`],
      ['a key of 257 characters', `{"${'k'.repeat(257)}":1}`],
      ['33 levels', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
      ['nine thousand levels', '['.repeat(9_000)],
    ])('with %s is refused', async (_what, body) => {
      const response = await post(body);
      const answer = await problem(response);
      expect([response.status, answer.code]).toEqual([400, 'MALFORMED_JSON']);
      expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    });

    it.each([
      ['the same key in two objects', '{"name":"a","amounts":{"cpus":1},"x":[{"k":1},{"k":2}]}'],
      ['texts that look like keys', String.raw`{"name":"a","x":["name","name","\"name\":"]}`],
      ['a text that ends with a backslash', String.raw`{"name":"a\\","amounts":{"cpus":1},"x":"\\\\"}`],
      ['32 levels', `{"name":"a","x":${'['.repeat(31)}${']'.repeat(31)}}`],
      ['an emoji', '{"name":"\u{1F6A2}","x":1}'],
    ])('with %s is JSON, and then its unknown field is refused by name', async (_what, body) => {
      const answer = await problem(await post(body));
      expect(answer.code).toBe('INVALID_REQUEST');
      expect(answer.errors).toContainEqual({ field: 'x', message: 'property x should not exist' });
    });

    it('larger than the limit is refused', async () => {
      const response = await post(JSON.stringify({ name: 'x'.repeat(20_001) }));
      expect([response.status, (await problem(response)).code]).toEqual([413, 'BODY_TOO_LARGE']);
    });

    it('larger than the limit is refused although it does not say its length', async () => {
      const chunk = 'x'.repeat(5_000);
      const bytes = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(5);
      const text = await exchange(
        berth.url,
        `${head('POST /echo HTTP/1.1', 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Connection: close')}${bytes}0\r\n\r\n`,
      );
      expect(statuses(text)).toEqual([413]);
    });

    it('that arrives too slowly is given up', async () => {
      const text = await exchange(
        berth.url,
        `${head('POST /echo HTTP/1.1', 'Content-Type: application/json', 'Content-Length: 100')}{`,
      );
      expect(statuses(text)).toEqual([408]);
      expect(text).toContain('"code":"REQUEST_TIMEOUT"');
    });

    it('may be left out where none is wanted', async () => {
      const response = await berth.fetch('/echo/revision', { method: 'POST' });
      expect(response.status).toBe(200);
    });
  });

  describe('validation', () => {
    it.each([
      ['a wrong type', { ...GOOD, name: 7 }, 'name'],
      ['a number as text', { ...GOOD, amounts: { cpus: '1' } }, 'amounts.cpus'],
      ['a missing field', { name: 'a' }, 'amounts'],
      ['an unknown field', { ...GOOD, isAdmin: true }, 'isAdmin'],
      ['an unknown field inside', { ...GOOD, amounts: { cpus: 1, gpus: 1 } }, 'amounts.gpus'],
      ['an array for an object', { ...GOOD, amounts: [] }, 'amounts'],
    ])('names the field for %s', async (_what, body, field) => {
      const response = await berth.fetch('/echo', { method: 'POST', json: body });
      const answer = await problem(response);
      expect([response.status, answer.code]).toEqual([400, 'INVALID_REQUEST']);
      expect((answer.errors as { field: string }[]).map((each) => each.field)).toContain(field);
    });

    it('never repeats what was sent', async () => {
      const response = await berth.fetch('/echo', { method: 'POST', json: { ...GOOD, name: ['canary-value'] } });
      expect(await response.text()).not.toContain('canary-value');
    });

    it('refuses an id that is none', async () => {
      const response = await berth.fetch('/echo/things/7');
      expect([response.status, (await problem(response)).code]).toEqual([400, 'INVALID_REQUEST']);
    });
  });

  describe('a problem', () => {
    it('has every member of RFC 9457 and ours, and its own content type', async () => {
      const response = await berth.fetch('/echo/fail/room');
      expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
      expect(await response.json()).toEqual({
        type: 'urn:berth:error:INSUFFICIENT_RESOURCES',
        title: 'There is not enough room',
        status: 409,
        detail: 'No node has room for 2 GPUs.',
        code: 'INSUFFICIENT_RESOURCES',
        hint: expect.stringContaining('shortfalls'),
        instance: `urn:berth:request:${response.headers.get('x-request-id')}`,
        shortfalls: [{ resource: 'gpuCount', asked: 2, available: 1, missing: 1 }],
        details: { serverId: 's1' },
      });
    });

    it('of an unforeseen error shows nothing of it', async () => {
      const response = await berth.fetch('/echo/fail/library');
      const text = await response.text();
      expect([response.status, JSON.parse(text).code]).toEqual([500, 'INTERNAL']);
      expect(text).not.toMatch(/canary|hunter2|LibraryError|\.ts/);
    });

    it('of an unforeseen error is logged once, with its id and without its properties', async () => {
      const response = await berth.fetch('/echo/fail/library');
      const { instance } = await problem(response);
      const id = instance.split(':').at(-1)!;
      const lines = berth.logged.filter((line) => line.includes(id) && line.includes('"level":"error"'));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('canary-message');
      expect(lines[0]).not.toContain('canary-property');
    });

    it('that passes by itself says when to come back', async () => {
      const response = await berth.fetch('/echo/fail/busy');
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    });

    it('is the answer to an unknown address', async () => {
      const response = await berth.fetch('/api/v1/nothing');
      expect([response.status, (await problem(response)).code]).toEqual([404, 'NOT_FOUND']);
    });

    it.each(['DELETE', 'PUT', 'PATCH', 'OPTIONS'])(
      'is the answer to %s where only others are known',
      async (method) => {
        const response = await berth.fetch('/echo', { method });
        expect([response.status, (await problem(response)).code, response.headers.get('allow')]).toEqual([
          405,
          'METHOD_NOT_ALLOWED',
          'POST',
        ]);
      },
    );

    it.each(['/%', '/%zz', '/echo/things/%ff', `/echo/things/${'a'.repeat(300)}`])(
      'is the answer to the address %s',
      async (path) => {
        const text = await exchange(berth.url, head(`GET ${path} HTTP/1.1`, 'Connection: close'));
        expect([400, 404]).toContain(statuses(text)[0]);
        expect(text).toContain('content-type: application/problem+json');
      },
    );

    it('is the answer when nobody answers in time', async () => {
      const response = await berth.fetch('/echo/never');
      expect([response.status, (await problem(response)).code]).toEqual([503, 'ANSWER_TIMEOUT']);
    });
  });

  describe('on a bare socket', () => {
    it.each([
      ['no HTTP', 'HELLO\r\n\r\n', 400],
      [
        'a length and chunks',
        'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        400,
      ],
      ['two lengths', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde', 400],
      ['a length with a sign', 'POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd', 400],
      ['chunked twice', 'POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n', 400],
      ['a space before the colon', 'GET /livez HTTP/1.1\r\nHost : a\r\n\r\n', 400],
      ['a bare line feed in a header', 'GET /livez HTTP/1.1\nHost: a\nX: \u0000\n\n', 400],
      ['a folded header', 'GET /livez HTTP/1.1\r\nHost: a\r\n folded\r\nX y\r\n\r\n', 400],
      ['no host', 'GET /livez HTTP/1.1\r\n\r\n', 400],
      ['headers without end', `GET /livez HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ])('%s is refused and the connection closed', async (_what, bytes, status) => {
      const text = await exchange(berth.url, bytes);
      expect(statuses(text)).toEqual([status]);
    });

    it('a request hidden in the body of another is not answered', async () => {
      const hidden = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
      const text = await exchange(
        berth.url,
        `${head('POST /echo HTTP/1.1', 'Content-Type: application/json', `Content-Length: ${hidden.length}`, 'Connection: close')}${hidden}`,
      );
      expect(statuses(text)).toEqual([400]);
    });

    it('headers that never end are given up', async () => {
      const text = await exchange(berth.url, 'GET /livez HTTP/1.1\r\nHost: a\r\nX: ');
      expect(statuses(text)).toEqual([408]);
    });

    it('a connection without a request is closed', async () => {
      const socket = await openSocket(berth.url);
      socket.resume();
      await once(socket, 'close');
      expect(socket.bytesRead).toBeLessThan(1_000);
    });
  });

  describe('ETag', () => {
    it('spares the body until something changes', async () => {
      const first = await berth.fetch('/echo/revision');
      const tag = first.headers.get('etag')!;
      expect(tag).toMatch(/^W\/"/);
      const again = await berth.fetch('/echo/revision', { headers: { 'if-none-match': `"other", ${tag}` } });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', tag]);
      await berth.fetch('/echo/revision', { method: 'POST' });
      const changed = await berth.fetch('/echo/revision', { headers: { 'if-none-match': tag } });
      expect([changed.status, changed.headers.get('etag') === tag]).toEqual([200, false]);
    });
  });

  describe('Idempotency-Key', () => {
    interface Told {
      readonly status: number;
      readonly once: { readonly key: string; readonly fingerprint: string } | null;
    }
    async function ask(key: string | null, body = '{}', path = '/echo/once'): Promise<Told> {
      const headers = { 'content-type': 'application/json', ...(key === null ? {} : { 'idempotency-key': key }) };
      const response = await berth.fetch(path, { method: 'POST', body, headers });
      return { once: null, ...((await response.json()) as object), status: response.status };
    }

    it('is not needed', async () => {
      expect((await ask(null)).once).toBeNull();
    });

    it('has the same fingerprint for the same request only', async () => {
      const first = await ask('k1');
      const fingerprints = [first, await ask('k1', '{ }'), await ask('k1', '{}', '/echo/once?x=1')].map(
        ({ once }) => once?.fingerprint,
      );
      expect(first.once?.key).toBe('k1');
      expect((await ask('k1')).once).toEqual(first.once);
      expect(new Set(fingerprints).size).toBe(3);
    });

    it.each(['a b', 'x'.repeat(129), 'caf\u00e9'])('"%s" is refused', async (key) => {
      expect((await ask(key)).status).toBe(400);
    });
  });

  describe('every answer', () => {
    it('has the headers that keep browsers safe, and no HSTS', async () => {
      for (const path of ['/echo/revision', '/nothing', '/livez', '/docs']) {
        const { headers } = await berth.fetch(path);
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('x-frame-options')).toBe('DENY');
        expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
        expect(headers.get('strict-transport-security')).toBeNull();
      }
    });

    it('forbids other origins by default', async () => {
      const response = await berth.fetch('/echo/revision', { headers: { origin: 'http://evil.example' } });
      expect(response.headers.get('access-control-allow-origin')).toBeNull();
    });
  });

  it('logs a change with its route and result, and never a header or a body', async () => {
    await berth.fetch('/echo?token=canary-query', { method: 'POST', json: { ...GOOD, name: 'canary-body' } });
    const lines = berth.logged.filter((line) => line.includes('"route":"/echo"') && line.includes('"status":200'));
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ method: 'POST', actor: 'admin', route: '/echo', status: 200 });
    expect(berth.logged.join('')).not.toMatch(new RegExp(`canary-query|canary-body|${berth.token}`));
  });

  it('lets a streamed answer go on past the limits of other answers', async () => {
    const response = await berth.fetch('/echo/stream');
    const controller = berth.app.nest.get(EchoController, { strict: false });
    // The other route's limit is known to strike: its answer proves that the limit has passed here too.
    await berth.fetch('/echo/never');
    controller.release.pop()!();
    expect(await response.text()).toBe('begun\nended\n');
  });
});
