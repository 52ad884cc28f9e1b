import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { acceptedEncoding, JsonText, LatestText } from './json-answer.js';

describe('the encoding of an answer', () => {
  it.each([
    [undefined, null],
    ['', null],
    ['identity', null],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.0', null],
  ])('%s gives %s', (header, encoding) => {
    expect(acceptedEncoding(header)).toBe(encoding);
  });
});

describe('a JSON text', () => {
  it('says the same in every encoding, and is compressed once', async () => {
    const text = new JsonText(JSON.stringify({ items: Array.from({ length: 500 }, (_, each) => `ü${each}`) }));
    const [br, gz] = await Promise.all([text.compressed('br'), text.compressed('gzip')]);
    expect(brotliDecompressSync(br)).toEqual(text.plain());
    expect(gunzipSync(gz)).toEqual(text.plain());
    expect(text.compressed('br')).toBe(text.compressed('br'));
    expect(text.isWorthCompressing).toBe(true);
    expect(new JsonText('{}').isWorthCompressing).toBe(false);
  });
});

describe('the latest text of a list', () => {
  it('is new at once when somebody changed something, and kept for a while when only observations moved on', () => {
    const latest = new LatestText(3_600_000);
    const first = latest.of(1, 'a', () => '1');
    expect(latest.of(1, 'a', () => '2')).toBe(first);
    expect(latest.of(1, 'b', () => '3')).toBe(first);
    const second = latest.of(2, 'c', () => '4');
    expect([second.revision, second.text.plain().toString()]).toEqual(['c', '4']);
    const eager = new LatestText(0);
    eager.of(1, 'a', () => '1');
    expect(eager.of(1, 'b', () => '2').revision).toBe('b');
  });
});
