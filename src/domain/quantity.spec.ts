import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { cpuMilli, wholeBytes, wholeCount } from './quantity.js';

const LARGEST = Number.MAX_SAFE_INTEGER;

/** What k8s.io/apimachinery's ParseQuantity, Value and MilliValue (v0.36) say; a text alone is refused. Without amounts beyond
 * 2^53 and without negative ones, where upstream overflows. */
type Row = readonly [text: string, value?: number, milli?: number];
const upstream = JSON.parse(readFileSync('test/golden/upstream-quantities.json', 'utf8')) as Row[];

const read = (parse: (text: string) => number, text: string): number | undefined => {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

describe('quantities', () => {
  it.each([
    ['0', 0, 0],
    ['1', 1, 1_000],
    ['100m', 1, 100],
    ['1500m', 2, 1_500],
    ['0.1', 1, 100],
    ['.5', 1, 500],
    ['5.', 5, 5_000],
    ['+2', 2, 2_000],
    ['-0.5', -1, -500],
    ['1n', 1, 1],
    ['1u', 1, 1],
    ['1k', 1_000, 1_000_000],
    ['1e3', 1_000, 1_000_000],
    ['1E3', 1_000, 1_000_000],
    ['1e-3', 1, 1],
    ['1.5Gi', 1_610_612_736, 1_610_612_736_000],
    ['1Ki', 1_024, 1_024_000],
    ['1E', LARGEST, LARGEST],
    ['1Ei', LARGEST, LARGEST],
    ['9007199254740991', LARGEST, LARGEST],
    ['-9Ei', -LARGEST, -LARGEST],
    ['1e9999999999999999999', LARGEST, LARGEST],
    ['1e-9999999999999999999', 1, 1],
    ['-0', 0, 0],
  ])('reads %s as %d whole and %d thousandths', (text, value, milli) => {
    expect(wholeBytes(text)).toBe(value);
    expect(wholeCount(text)).toBe(value);
    expect(cpuMilli(text)).toBe(milli);
  });

  it.each([
    '',
    ' ',
    '1 ',
    ' 1',
    '.',
    '+',
    '-',
    'Ki',
    'm',
    '1i',
    '1K',
    '1ki',
    '0.1mi',
    '1+1',
    '1e',
    '1e+',
    '1e1.5',
    '0x10',
    '١',
    '1_000',
    'NaN',
    'Infinity',
    '1\n',
    '1'.repeat(65),
  ])('refuses %j', (text) => {
    expect(() => cpuMilli(text)).toThrow(RangeError);
    expect(() => wholeBytes(text)).toThrow(RangeError);
  });

  it('agrees with upstream on every text of its table', () => {
    expect(upstream.length).toBeGreaterThan(300);
    const ours = upstream.map(([text]) => [text, read(wholeBytes, text), read(cpuMilli, text)]);
    // Stricter in one point: a number needs a digit.
    const theirs = upstream.map(([text, value, milli]) =>
      /\d/.test(text.split(/[eE]/)[0] ?? '') ? [text, value, milli] : [text, undefined, undefined],
    );
    expect(ours).toEqual(theirs);
  });

  it('agrees with plain arithmetic for any decimal or binary amount', () => {
    const suffixes: Record<string, bigint> = {
      '': 1n,
      k: 10n ** 3n,
      M: 10n ** 6n,
      G: 10n ** 9n,
      Ki: 2n ** 10n,
      Mi: 2n ** 20n,
      Gi: 2n ** 30n,
    };
    const amount = fc.record({
      thousandths: fc.bigInt({ min: 0n, max: 10n ** 9n }),
      suffix: fc.constantFrom(...Object.keys(suffixes)),
    });
    fc.assert(
      fc.property(amount, ({ thousandths, suffix }) => {
        const text = `${thousandths / 1_000n}.${String(thousandths % 1_000n).padStart(3, '0')}${suffix}`;
        const exact = thousandths * (suffixes[suffix] ?? 1n);
        const limit = (value: bigint) => Number(value > BigInt(LARGEST) ? BigInt(LARGEST) : value);
        expect(cpuMilli(text)).toBe(limit(exact));
        expect(wholeBytes(text)).toBe(limit((exact + 999n) / 1_000n));
      }),
    );
  });

  it('never answers anything but a safe integer, and never takes long', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'0123456789.+-eEmunkKMGTPi '.split('')) }), (text) => {
        for (const parse of [cpuMilli, wholeBytes, wholeCount]) {
          const value = read(parse, text);
          expect(value === undefined || Number.isSafeInteger(value)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
