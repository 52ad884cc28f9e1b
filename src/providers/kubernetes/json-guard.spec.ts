import fc from 'fast-check';
import { JsonGuard } from './json-guard.js';

const LIMITS = { maxBytes: 1_000, maxDepth: 8 };
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);

function read(text: string, cuts: readonly number[] = [], limits = LIMITS): unknown {
  const guard = new JsonGuard(limits);
  const bytes = Buffer.from(text);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  let from = 0;
  for (const end of ends) {
    guard.take(bytes.subarray(from, end));
    from = end;
  }
  return guard.value();
}

describe('the guard of JSON answers', () => {
  it('lets the deepest allowed nesting through, and refuses one more before anything is parsed', () => {
    expect(read(nested(8))).toEqual(JSON.parse(nested(8)));
    expect(() => new JsonGuard(LIMITS).take(Buffer.from('['.repeat(9)))).toThrow(/nested deeper/);
    expect(() => new JsonGuard(LIMITS).take(Buffer.from('{"a":'.repeat(9)))).toThrow(/nested deeper/);
  });

  it('counts depth, not brackets', () => {
    const flat = `[${Array.from({ length: 20 }, () => '[]').join(',')}]`;
    expect(read(flat)).toEqual(JSON.parse(flat));
  });

  it('takes brackets, quotes and backslashes inside texts for text', () => {
    const tricky = JSON.stringify({ '[[[[[[[[[[': '{{{{{{{{{{"\\', end: '\\"[[[[[[[[[[' });
    expect(read(tricky)).toEqual(JSON.parse(tricky));
  });

  it('refuses the byte that is too many, and more values than a real answer has', () => {
    expect(() => read(`"${'x'.repeat(999)}"`)).toThrow(/larger than 1000 bytes/);
    expect(() => read(`[${'1,'.repeat(200)}1]`)).toThrow(/too many values/);
  });

  it.each(['', '{', 'hello', '[1,]', '{"a":1}x'])('refuses %j', (text) => {
    expect(() => read(text)).toThrow(/not JSON/);
  });

  it('is empty after each value, whatever came before', () => {
    const guard = new JsonGuard(LIMITS);
    for (let each = 0; each < 50; each++) {
      guard.take(Buffer.from(`{"text":"${'y'.repeat(500)}"}`));
      expect(guard.value()).toHaveProperty('text');
    }
  });

  it('reads the same wherever the bytes are cut', () => {
    const roomy = { maxBytes: 1_000_000, maxDepth: 64 };
    fc.assert(
      fc.property(fc.jsonValue(), fc.array(fc.nat(), { maxLength: 6 }), (value, cuts) => {
        const text = JSON.stringify(value);
        expect(read(text, cuts, roomy)).toEqual(JSON.parse(text));
      }),
    );
  });
});
