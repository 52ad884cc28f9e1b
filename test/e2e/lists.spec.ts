import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { type Berth, startBerth } from '../support/app.js';
import { rawRequest } from '../support/lists.js';
import { anEntry, anObservation, aServer } from '../support/state-fixtures.js';

const CHANGE = { actor: 'test', reason: 'test' };

describe('long lists', () => {
  let berth: Berth;
  beforeAll(async () => {
    berth = await startBerth({ env: { BERTH_HEALTH_IS_ENABLED: 'false', BERTH_REFRESH_IS_ENABLED: 'false' } });
    await berth.state.update(CHANGE, (draft) => {
      for (const id of ['a', 'b', 'c']) {
        Object.assign(draft.servers, { [id]: { ...anEntry(id, 3), server: aServer(id, { isPaused: true }) } });
      }
    });
    for (const id of ['a', 'b', 'c']) berth.state.observe(id, () => anObservation(4));
  });
  afterAll(() => berth.close());

  const ask = (path: string, headers: Record<string, string> = {}) => rawRequest(berth, path, headers);

  it.each(['/api/v1/servers', '/api/v1/pods?scope=all'])(
    '%s is the same plain, by gzip and by brotli',
    async (path) => {
      const plain = await ask(path);
      const gzip = await ask(path, { 'accept-encoding': 'gzip' });
      const br = await ask(path, { 'accept-encoding': 'gzip, br' });
      expect([plain, gzip, br].map(({ headers }) => headers['content-encoding'])).toEqual([undefined, 'gzip', 'br']);
      expect(gzip.headers['vary']).toContain('accept-encoding');
      const ageless = (body: Buffer): unknown =>
        JSON.parse(body.toString(), (key, value: unknown) => (key === 'ageSeconds' ? 0 : value));
      expect(ageless(gunzipSync(gzip.body))).toEqual(ageless(plain.body));
      expect(ageless(brotliDecompressSync(br.body))).toEqual(ageless(plain.body));
      expect(br.body.length).toBeLessThan(plain.body.length / 2);
    },
  );

  it('a list that the caller has is not sent again, until somebody changes something', async () => {
    const { headers } = await ask('/api/v1/servers');
    const known = { 'if-none-match': String(headers.etag) };
    const again = await ask('/api/v1/servers', known);
    expect([again.status, again.body.length]).toEqual([304, 0]);
    await berth.state.update(CHANGE, (draft) => {
      draft.servers['a']!.server.name = 'renamed';
    });
    const changed = await ask('/api/v1/servers', known);
    expect(changed.status).toBe(200);
    expect(changed.body.toString()).toContain('"renamed"');
  });

  it('a server in the list is the server at its own address', async () => {
    const id = '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10';
    await berth.state.update(CHANGE, (draft) => {
      Object.assign(draft.servers, { [id]: { ...anEntry(id), server: aServer(id, { isPaused: true }) } });
    });
    const list = JSON.parse((await ask('/api/v1/servers')).body.toString()) as { items: { id: string }[] };
    const one: unknown = JSON.parse((await ask(`/api/v1/servers/${id}`)).body.toString());
    expect(list.items.find((each) => each.id === id)).toEqual(one);
  });

  interface Page {
    readonly items: readonly { readonly key: string; readonly id: string | null; readonly namespace: string }[];
    readonly total: number;
    readonly nextCursor: string | null;
  }
  const page = async (query: string): Promise<Page> =>
    JSON.parse((await ask(`/api/v1/pods?${query}`)).body.toString()) as Page;

  it('pods of Berth and of others come in one table, in pages', async () => {
    const first = await page('scope=all&sort=name&limit=10');
    expect([first.total, first.items.length]).toEqual([9 + 12, 10]);
    const rest = await page(`scope=all&sort=name&limit=100&cursor=${first.nextCursor}`);
    expect(rest.nextCursor).toBeNull();
    const keys = [...first.items, ...rest.items].map(({ key }) => key);
    expect(new Set(keys).size).toBe(21);
    expect((await page('scope=foreign')).items.every(({ id }) => id === null)).toBe(true);
    expect((await page('')).total).toBe(9);
  });

  it.each(['scope=mine', 'sort=price', 'order=up', 'sort=name&cursor=AAAA', 'cursor=%2F'])(
    'refuses the query %s',
    async (query) => {
      expect((await ask(`/api/v1/pods?${query}`)).status).toBe(400);
    },
  );
});
