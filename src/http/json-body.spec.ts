import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';

const parse = (text: string): unknown => parseJsonBody(Buffer.from(text));
const FORBIDDEN = ['prototype', ...Object.getOwnPropertyNames(Object.prototype)];

/** Texts and keys made of what confuses scanners. */
const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', ' ', 'é', '\u{1F6A2}'),
      fc.string({ maxLength: 2 }),
    ),
    maxLength: 8,
  })
  .filter((each) => !each.includes('\0') && each.isWellFormed() && !FORBIDDEN.includes(each));
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom(null, true, false),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => (Object.is(each, -0) ? 0 : each)),
    text,
    fc.array(tie('any'), { maxLength: 4 }),
    tie('object'),
  ),
  object: fc.dictionary(text, tie('any'), { maxKeys: 4, noNullPrototype: true }),
})).object;

describe('the JSON of a body', () => {
  it('is read as JSON.parse reads it when nothing is wrong with it', () => {
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (object, indent) => {
        expect(parse(JSON.stringify(object, null, indent))).toEqual(object);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused when any of its objects has a key twice, however it is written', () => {
    fc.assert(
      fc.property(value, text, value, (before, key, after) => {
        const quoted = JSON.stringify(key);
        const units = key.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
        const escaped = `"${units.map((unit) => `\\u${unit}`).join('')}"`;
        const twice = `{"a":[${JSON.stringify(before)},{${quoted}:${JSON.stringify(after)},${escaped}:1}]}`;
        expect(() => parse(twice)).toThrow('stands twice');
      }),
      { numRuns: 500 },
    );
  });

  it.each(FORBIDDEN)('is refused with the key %s at any depth, and no prototype changes', (key) => {
    const before = Object.getOwnPropertyNames(Object.prototype);
    fc.assert(
      fc.property(value, (inner) => {
        expect(() => parse(`{"a":{"b":[{"${key}":${JSON.stringify(inner)}}]}}`)).toThrow('is not allowed');
        expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
      }),
    );
  });

  it('never answers with what was sent', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const canary = Buffer.concat([Buffer.from('canary'), bytes]);
        expect(() => parseJsonBody(canary)).toThrow(
          expect.objectContaining({ message: expect.not.stringContaining('canary') }),
        );
      }),
    );
  });
});
