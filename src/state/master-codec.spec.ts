import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { checkInvariants } from '../domain/invariants.js';
import { type DurableState, EMPTY_STATE } from '../domain/master-state.js';
import { anEntry } from '../../test/support/state-fixtures.js';
import { CodecError } from './codec-error.js';
import { decode, decodeUnsealed, encode as encodeDocument } from './master-codec.js';
import { parseStrictJson } from './strict-json.js';

const state: DurableState = {
  rev: 7,
  servers: { a: anEntry('a', 2), b: anEntry('b') },
  idempotency: {
    '2026-11-23T09': { key: { fingerprint: 'f', result: { podId: 'a-pod-0' }, at: '2026-11-23T09:01:00Z' } },
  },
  access: { adminTokenHash: 'ab'.repeat(32) },
};

const encode = (epoch: number, what: DurableState, journal: string | null = null): Buffer =>
  Buffer.concat([...encodeDocument({ epoch, journal, state: what })]);
const good = encode(3, state);
const text = good.toString();

/** As a person would change the file, with a matching checksum, so that only the content can be refused. */
function resealed(source: string): Buffer {
  const body = source.slice(0, source.lastIndexOf(',\n"checksum"'));
  return Buffer.from(`${body},\n"checksum": "${createHash('sha256').update(body).digest('hex')}"\n}\n`);
}

function refusal(bytes: Uint8Array): string {
  try {
    decode(bytes);
    return 'accepted';
  } catch (error) {
    return error instanceof CodecError ? error.message : `crashed: ${String(error)}`;
  }
}

describe('the bytes of master.json', () => {
  it('give back exactly what was written', () => {
    expect(decode(good)).toEqual({ epoch: 3, journal: null, state });
    const { observed: _facts, ...empty } = EMPTY_STATE;
    expect(decode(encode(1, EMPTY_STATE))).toEqual({ epoch: 1, journal: null, state: empty });
    expect(decode(encode(2, state, '0123456789abcdef'))).toEqual({ epoch: 2, journal: '0123456789abcdef', state });
  });

  it('can be read by people: one line per server, pod and bucket', () => {
    const lines = text.split('\n');
    const starting = (words: string) => lines.filter((line) => line.trim().startsWith(words)).length;
    expect(starting('"a-pod-')).toBe(2);
    expect(starting('"b": {"server"')).toBe(1);
    expect(starting('"2026-11-23T09"')).toBe(1);
    expect(lines.slice(1, 5)).toEqual(['"format": "berth-master-state",', '"version": 1,', '"epoch": 3,', '"rev": 7,']);
    expect(JSON.parse(text)).toMatchObject({ servers: state.servers });
  });
});

describe('bytes that are refused', () => {
  it.each([
    ['nothing at all', ''],
    ['an empty object', '{}'],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['zeros', '\0'.repeat(500)],
    ['a lowdb file', '{"servers": []}'],
    ['another format', resealed(text.replace('berth-master-state', 'berth-something'))],
    ['a newer version', resealed(text.replace('"version": 1', '"version": 2'))],
    ['no version', resealed(text.replace('"version": 1,\n', ''))],
    ['no checksum', `${text.slice(0, text.lastIndexOf(',\n"checksum"'))}\n}\n`],
    ['text after the end', `${text} `],
    ['a byte order mark', `\uFEFF${text}`],
    ['Windows line ends', text.replaceAll('\n', '\r\n')],
    ['a missing part', resealed(text.replace(/"access": .*\n/, ''))],
    ['an unknown part', resealed(text.replace('"access"', '"extra": 1,\n"access"'))],
    ['an unknown field of a pod', resealed(text.replace('"image":', '"privileged":true,"image":'))],
    ['a missing field of a server', resealed(text.replace('"isPaused":false,', ''))],
    ['half a core', resealed(text.replace('"cpuMilli":250', '"cpuMilli":250.5'))],
    ['a negative amount', resealed(text.replace('"cpuMilli":250', '"cpuMilli":-1'))],
    ['an amount beyond the safe integers', resealed(text.replace('"cpuMilli":250', '"cpuMilli":9007199254740993'))],
    ['an infinite amount', resealed(text.replace('"cpuMilli":250', '"cpuMilli":1e400'))],
    ['an amount in quotes', resealed(text.replace('"cpuMilli":250', '"cpuMilli":"250"'))],
    ['a state that is none', resealed(text.replace('"Bound"', '"Free"'))],
    ['a pod under another id', resealed(text.replace('"a-pod-0":', '"a-pod-9":'))],
    ['a pod on another server', resealed(text.replace('"serverId":"a"', '"serverId":"b"'))],
    ['a key that stands twice', resealed(text.replace('"rev": 7', '"rev": 7,\n"rev": 8'))],
    ['a key that stands twice by an escape', resealed(text.replace('"rev": 7', '"rev": 7,\n"r\\u0065v": 8'))],
    ['servers that stand twice', resealed(text.replace('"idempotency": {', '"servers": {},\n"idempotency": {'))],
    ['a journal that is a path', resealed(text.replace('"access"', '"journal": "../x",\n"access"'))],
    ['a prototype', resealed(text.replace('"access"', '"__proto__": {},\n"access"'))],
    ['a prototype deep inside', resealed(text.replace('"result":{', '"result":{"__proto__":{},'))],
    ['a prototype by an escape', resealed(text.replace('"result":{', '"result":{"\\u005f_proto__":{},'))],
    ['a nesting without end', resealed(text.replace('"result":{', `"result":${'['.repeat(1e6)}{`))],
  ])('%s', (_name, source) => {
    expect(refusal(Buffer.from(source))).not.toMatch(/^(accepted|crashed)/);
    expect(Object.prototype).not.toHaveProperty('name');
  });

  it('say why', () => {
    expect(refusal(resealed(text.replace('"version": 1', '"version": 2')))).toContain('format version 2');
    expect(refusal(Buffer.from(text.replace('nginx', 'httpd')))).toContain('checksum is wrong');
    expect(refusal(resealed(text.replace('"Bound"', '"Free"')))).toContain(
      'pods.a-pod-0.reservation.state is not one of',
    );
  });
});

it('a file that was changed by hand can be sealed again, if its content is right', () => {
  const edited = Buffer.from(text.replace('"name of b"', '"renamed"'));
  expect(refusal(edited)).toContain('checksum');
  expect(decodeUnsealed(edited).state.servers['b']?.server.name).toBe('renamed');
  expect(() => decodeUnsealed(Buffer.from(text.replace('"rev": 7', '"rev": 7, "rev": 8')))).toThrow(CodecError);
});

it('every single flipped bit is noticed', () => {
  const accepted: number[] = [];
  for (let bit = 0; bit < good.byteLength * 8; bit += 1) {
    const damaged = Buffer.from(good);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    if (refusal(damaged) === 'accepted') accepted.push(bit);
  }
  expect(accepted).toEqual([]);
});

it('every truncation is noticed', () => {
  for (let length = 0; length < good.byteLength; length += 1) {
    expect(refusal(good.subarray(0, length))).not.toMatch(/^(accepted|crashed)/);
  }
});

it('no mutation with a right checksum crashes, or is read as another state than it spells', () => {
  const marks = [...text.matchAll(/["{}[\],:]|-?\d+|true|false|null/g)].map(({ index }) => index);
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    ',',
    ':',
    '-1',
    '1e99',
    'null',
    '{}',
    '[]',
    '"x"',
    '"__proto__":1,',
    '\\',
    '\0',
  );
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...marks), fc.nat(30), pieces), { minLength: 1, maxLength: 3 }),
      (edits) => {
        let source = text;
        for (const [at, length, piece] of edits) source = source.slice(0, at) + piece + source.slice(at + length);
        if (!source.includes(',\n"checksum"')) return;
        const bytes = resealed(source);
        const said = refusal(bytes);
        expect(said).not.toMatch(/^crashed/);
        if (said !== 'accepted') return;
        const { epoch, journal, state: read } = decode(bytes);
        expect(decode(encode(epoch, read, journal))).toEqual({ epoch, journal, state: read });
        expect(JSON.parse(bytes.toString())).toMatchObject({ rev: read.rev, servers: read.servers });
      },
    ),
    { numRuns: Number(process.env['BERTH_FUZZ_RUNS'] ?? 10_000) },
  );
});

describe('strict JSON', () => {
  it('takes everything that JSON.stringify writes', () => {
    const key = fc.string({ unit: 'binary' }).filter((each) => each !== '__proto__');
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'binary' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value')),
        fc.dictionary(key, tie('value')),
      ),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(0, 2), (json, indent) => {
        const printed = JSON.stringify(json, null, indent);
        expect(JSON.stringify(parseStrictJson(printed))).toBe(JSON.stringify(json));
      }),
    );
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":{"b":1},"a":{}}',
    '[{"x":[1,{"k":0,"\\u006b":0}]}]',
    '{"__proto__":1}',
    '{"a" :1,"a"\n:2}',
    `${'['.repeat(65)}${']'.repeat(65)}`,
    '{"a":1}}',
    '"',
  ])('refuses %s', (source) => {
    expect(() => parseStrictJson(source)).toThrow(SyntaxError);
  });
});

it('the example file at the root can be loaded as it stands', () => {
  const bytes = readFileSync('master.json.example');
  const { epoch, state: example } = decode(bytes);
  expect(encode(epoch, example).toString()).toBe(bytes.toString());
  expect(checkInvariants(example)).toEqual([]);
  const servers = Object.values(example.servers);
  expect(servers.map(({ server }) => server.connection.kind).sort()).toEqual(['sandbox', 'ssh']);
  expect(servers.flatMap(({ pods }) => Object.keys(pods))).toHaveLength(1);
  expect(servers.find(({ server }) => server.connection.kind === 'ssh')?.server.credential?.sealed.box).toMatch(
    /^[\w+/=]+$/,
  );
});
