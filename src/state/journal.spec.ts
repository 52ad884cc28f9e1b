import * as fc from 'fast-check';
import type { DurableState, IdempotencyRecord, ServerEntry } from '../domain/master-state.js';
import { EMPTY_STATE } from '../domain/master-state.js';
import { anEntry, aPod } from '../../test/support/state-fixtures.js';
import { DIRECTORY, numberOf, openOn, step } from '../../test/durability/rig.js';
import { ModelFs } from '../../test/durability/model-fs.js';
import { CodecError } from './codec-error.js';
import { decodeJournal, encodeDelta, isJournal } from './journal.js';
import { applyDelta, deltaOf } from './state-delta.js';

const { observed: _facts, ...empty } = EMPTY_STATE;

/** Names that a naive lookup would find on every object. */
const id = fc.constantFrom('a', 'b', 'c', 'constructor', 'toString', 'hasOwnProperty');
const pods = (serverId: string) =>
  fc
    .dictionary(id, fc.nat(3))
    .map((counts) =>
      Object.fromEntries(
        Object.entries(counts).map(([key, count]) => [key, { ...aPod(key, serverId), name: `pod ${count}` }]),
      ),
    );
const entry = (serverId: string): fc.Arbitrary<ServerEntry> =>
  fc
    .tuple(fc.nat(2), pods(serverId))
    .map(([revision, some]) => ({ server: { ...anEntry(serverId).server, connectionRevision: revision }, pods: some }));
const outcome: fc.Arbitrary<IdempotencyRecord> = fc
  .jsonValue({ noUnicodeString: false })
  .filter((value) => !JSON.stringify(value).includes('__proto__'))
  .map((result) => ({
    fingerprint: 'f',
    result: JSON.parse(JSON.stringify(result)) as unknown,
    at: '2026-11-23T09:00:00Z',
  }));
const content = fc.record({
  servers: fc
    .uniqueArray(id)
    .chain((ids) => fc.tuple(...ids.map(entry)))
    .map((entries) => Object.fromEntries(entries.map((each) => [each.server.id, each]))),
  idempotency: fc.dictionary(fc.constantFrom('2026-11-23T09', '2026-11-23T10'), fc.dictionary(id, outcome)),
  access: fc.record({ adminTokenHash: fc.option(fc.constantFrom('x', 'y')) }),
});

/** Parts of the state before are kept as they are, so that some are the same object and some only look the same. */
const history = fc
  .array(fc.tuple(content, fc.subarray(['servers', 'idempotency', 'access', 'entries'])), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => {
    const states: DurableState[] = [empty];
    for (const [next, kept] of steps) {
      const before = states.at(-1) ?? empty;
      const keeps = (part: string): boolean => kept.some((each) => each === part);
      const merged = keeps('entries') ? { ...next.servers, ...before.servers } : next.servers;
      states.push({
        rev: before.rev + 1 + (kept.length % 2),
        servers: keeps('servers') ? before.servers : merged,
        idempotency: keeps('idempotency') ? before.idempotency : next.idempotency,
        access: keeps('access') ? before.access : next.access,
      });
    }
    return states;
  });
const deltasOf = (states: readonly DurableState[]) =>
  states.slice(1).map((state, index) => deltaOf(states[index] ?? empty, state));

it('what a journal says happened leads to exactly the state that it was written from', () => {
  fc.assert(
    fc.property(history, (states) => {
      const { deltas, tornBytes } = decodeJournal(Buffer.concat(deltasOf(states).map(encodeDelta)));
      expect(tornBytes).toBe(0);
      let state: DurableState = empty;
      deltas.forEach((delta, index) => {
        state = applyDelta(state, delta);
        expect(state).toEqual(states[index + 1]);
      });
    }),
  );
});

it('a text with other line ends than ours is one record', () => {
  const after = { ...empty, rev: 1, access: { adminTokenHash: 'a\u2028b\u2029c\u0085d\r\n\v\f\0\uD800' } };
  expect(decodeJournal(encodeDelta(deltaOf(empty, after)))).toEqual({ deltas: [deltaOf(empty, after)], tornBytes: 0 });
});

it('a record holds what changed and nothing else', () => {
  const before: DurableState = { ...empty, rev: 4, servers: { a: anEntry('a', 50), b: anEntry('b', 50) } };
  const a = before.servers['a'] ?? anEntry('a');
  const added = aPod('new', 'a');
  const after = { ...before, rev: 5, servers: { ...before.servers, a: { ...a, pods: { ...a.pods, new: added } } } };
  expect(deltaOf(before, after)).toEqual({ from: 4, rev: 5, servers: { a: { pods: { new: added } } } });
});

describe('a damaged journal', () => {
  const states: DurableState[] = [empty];
  for (let rev = 1; rev <= 3; rev += 1) {
    states.push({ ...empty, rev, access: { adminTokenHash: `ü${rev}` } });
  }
  const records = deltasOf(states).map(encodeDelta);
  const good = Buffer.concat(records);
  const lastStart = good.byteLength - (records.at(-1)?.byteLength ?? 0);
  const read = (bytes: Uint8Array): number | 'refused' => {
    try {
      return decodeJournal(bytes).deltas.length;
    } catch (error) {
      if (error instanceof CodecError) return 'refused';
      throw error;
    }
  };

  it('cut anywhere keeps every whole record before the cut', () => {
    for (let length = 0; length <= good.byteLength; length += 1) {
      const whole = records.filter(
        (_, index) => Buffer.concat(records.slice(0, index + 1)).byteLength <= length,
      ).length;
      expect(read(good.subarray(0, length))).toBe(whole);
    }
  });

  it('is refused for any flipped bit, unless it looks like a byte that has not arrived at the end', () => {
    const wrong: string[] = [];
    for (let bit = 0; bit < good.byteLength * 8; bit += 1) {
      const damaged = Buffer.from(good);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const found = read(damaged);
      const isRight = found === 'refused' || (found === 2 && bit >> 3 >= lastStart && damaged.includes(0));
      if (!isRight) wrong.push(`${bit}: ${found}`);
    }
    expect(wrong).toEqual([]);
  });

  it('with a record left out, twice, or of another state does not fit', () => {
    const [first, second] = deltasOf(states);
    if (!first || !second) throw new Error('there are three');
    expect(() => applyDelta(empty, second)).toThrow(RangeError);
    expect(() => applyDelta(applyDelta(empty, first), first)).toThrow(RangeError);
    expect(() => applyDelta(empty, { from: 0, rev: 1, servers: { a: { pods: {} } } })).toThrow(RangeError);
  });
});

describe('master.json and its journal', () => {
  const journals = async (fs: ModelFs): Promise<string[]> =>
    (await fs.list(DIRECTORY)).filter((name) => isJournal(name));

  async function afterSteps(count: number): Promise<{ fs: ModelFs; close: () => Promise<void> }> {
    const fs = new ModelFs();
    const { repository } = await openOn(fs);
    for (let number = 1; number <= count; number += 1) await step(repository);
    return { fs, close: () => repository.close() };
  }

  it('never need more than one journal, and after a clean stop none', async () => {
    for (let count = 0; count < 12; count += 1) {
      const { fs, close } = await afterSteps(count);
      expect((await journals(fs)).length).toBeLessThanOrEqual(1);
      await close();
      expect(await journals(fs)).toEqual([]);
      expect(numberOf((await openOn(fs)).state)).toBe(count);
    }
  });

  it('are refused when the journal is missing, cut short by hand at its start, or belongs to another', async () => {
    const { fs } = await afterSteps(3);
    const [name = ''] = await journals(fs);
    const path = `${DIRECTORY}/${name}`;
    const other = await afterSteps(7);
    const [otherName = ''] = await journals(other.fs);
    const image = new Map(fs.image());
    const bytes = image.get(path) ?? Buffer.alloc(0);
    expect(bytes.byteLength).toBeGreaterThan(0);
    const foreign = other.fs.image().get(`${DIRECTORY}/${otherName}`) ?? Buffer.alloc(0);
    expect(foreign.byteLength).toBeGreaterThan(0);
    const without = new Map(image);
    without.delete(path);
    const disks = [without, new Map(image).set(path, bytes.subarray(1)), new Map(image).set(path, foreign)];
    // A damaged first line is torn only when it is the last: two records are needed to tell.
    expect(bytes.toString().trimEnd().split('\n').length).toBeGreaterThan(1);
    for (const disk of disks) {
      await expect(openOn(ModelFs.from(disk))).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
    }
  });

  it.each<[string, (path: string) => (image: Map<string, Buffer | null>) => void]>([
    ['empties', (path) => (image) => void image.set(path, Buffer.alloc(0))],
    ['cuts', (path) => (image) => void image.set(path, (image.get(path) ?? Buffer.alloc(0)).subarray(0, 40))],
    ['removes', (path) => (image) => void image.delete(path)],
  ])('lose nothing when somebody %s the journal under a running Berth', async (_what, meddle) => {
    const fs = new ModelFs();
    const { repository } = await openOn(fs);
    for (let number = 1; number <= 2; number += 1) await step(repository);
    const [name = ''] = await journals(fs);
    const path = `${DIRECTORY}/${name}`;
    fs.meddle((image) => meddle(path)(image));
    expect(await step(repository)).toBe(3);
    expect(numberOf((await openOn(ModelFs.from(fs.image()))).state)).toBe(3);
  });
});
