import { BerthError } from '../../src/domain/errors.js';
import { checkInvariants } from '../../src/domain/invariants.js';
import type { StateRepository } from '../../src/state/state.repository.js';
import { type Fault, ModelFs, type Operation, seeded } from './model-fs.js';
import { numberOf, openOn, step } from './rig.js';

const ROUNDS = 6;
/** Operations of one run without faults: where a fault can strike. */
async function plainRun(): Promise<{ opening: number; all: string[] }> {
  const fs = new ModelFs();
  const { repository } = await openOn(fs);
  const opening = fs.operations;
  for (let round = 0; round < ROUNDS; round += 1) await Promise.all([step(repository), step(repository)]);
  return { opening, all: fs.log };
}

const codeOf = (error: unknown): string => (error instanceof BerthError ? error.code : String(error));

interface Outcome {
  readonly acknowledged: number;
  readonly issued: number;
  readonly isWritable: boolean;
  readonly errors: readonly string[];
}

/** Strikes at operation `at`, once or from then on, and tells what the callers saw. */
async function strike(fs: ModelFs, at: number, fault: Fault, isLasting: boolean): Promise<Outcome> {
  const { repository } = await openOn(fs);
  fs.fault = (_operation: Operation, _path: string, index: number) =>
    index === at || (isLasting && index > at) ? fault : undefined;
  let acknowledged = 0;
  let issued = 0;
  const errors: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const wasWritable = repository.health().isWritable;
    const updates = [1, 2].map(async () => {
      issued += 1;
      try {
        acknowledged = Math.max(acknowledged, await step(repository));
        if (!wasWritable) errors.push('acknowledged while read-only');
      } catch (error) {
        errors.push(codeOf(error));
      }
    });
    await Promise.all(updates);
    // Memory says exactly what was acknowledged.
    if (numberOf(repository.read()) !== acknowledged) errors.push('memory moved without an acknowledgement');
    if (checkInvariants(repository.read()).length > 0) errors.push('an invariant is broken');
  }
  return { acknowledged, issued, isWritable: repository.health().isWritable, errors };
}

/** A change may go to the journal, where no file is made or renamed. @returns the last number that was acknowledged. */
async function untilRefused(repository: StateRepository, key = 'once'): Promise<number> {
  for (let number = Number(numberOf(repository.read())); ; number += 1) {
    const result = await step(repository, `${key} ${number}`).catch(codeOf);
    if (result === 'STATE_UNWRITABLE') return number;
    expect(result).toBe(number + 1);
    expect(number).toBeLessThan(20);
  }
}

const { opening, all } = await plainRun();
const points = all.map((operation, index) => [index, operation.split(' ')[0] ?? ''] as const).slice(opening);
const SYNCS = new Set(['datasync', 'syncDirectory']);

describe.each<[Fault, boolean]>([
  ['ENOSPC', false],
  ['ENOSPC', true],
  ['EIO', false],
  ['EIO', true],
  ['EROFS', true],
  ['short', false],
  ['short', true],
  ['nothing', false],
  ['lie', false],
])('%s (from then on: %s)', (fault, isLasting) => {
  it('at every operation loses nothing that was acknowledged, and acknowledges nothing that is not there', async () => {
    const random = seeded(7);
    const reports: string[] = [];
    for (const [at, operation] of points) {
      const fs = new ModelFs();
      const { acknowledged, issued, errors } = await strike(fs, at, fault, isLasting);
      const strange = errors.filter((error) => error !== 'STATE_UNWRITABLE');
      if (strange.length > 0) reports.push(`${operation} ${at}: ${strange.join()}`);
      for (const image of [fs.image(), ...fs.cuts(40, random)]) {
        const after = ModelFs.from(image);
        const { state, failure } = await openOn(after);
        const number = numberOf(state);
        if (failure || number === null || number < acknowledged || number > issued) {
          reports.push(`${operation} ${at}: ${number} on disk, ${acknowledged} acknowledged, ${issued} sent`);
        }
      }
    }
    expect(reports).toEqual([]);
    expect(points.length).toBeGreaterThan(50);
  });
});

it('a failed sync is final: nothing is acknowledged after it, and no later try is made on its own', async () => {
  for (const [at, operation] of points.filter(([, each]) => SYNCS.has(each))) {
    const fs = new ModelFs();
    const { repository } = await openOn(fs);
    fs.fault = (_operation, path, index) => (index === at && !path.includes('generations') ? 'EIO' : undefined);
    const results = [];
    for (let round = 0; round < 2 * ROUNDS; round += 1) {
      results.push(await step(repository).then(() => 'ok', codeOf));
      await repository.recover();
    }
    const first = results.indexOf('STATE_UNWRITABLE');
    // A sync of the generations may fail without harm; then there is no failure at all.
    if (first === -1) continue;
    expect(results.slice(first)).toEqual(Array(results.length - first).fill('STATE_UNWRITABLE'));
    expect(repository.health()).toMatchObject({ isWritable: false, isPermanent: true });
    expect(operation).toMatch(/sync/);
  }
});

it('a file whose close failed replaces nothing', async () => {
  const fs = new ModelFs();
  const { repository } = await openOn(fs);
  await step(repository);
  fs.fault = (operation, path) => (operation === 'close' && path.includes('master.json') ? 'EIO' : undefined);
  const acknowledged = await untilRefused(repository);
  expect(repository.health().lastError).toContain('master.json');
  expect(numberOf((await openOn(ModelFs.from(fs.image()))).state)).toBe(acknowledged);
});

it('a full disk makes Berth read-only, and room makes it writable again without a restart', async () => {
  const fs = new ModelFs();
  const { repository } = await openOn(fs);
  for (const operation of ['create', 'write', 'datasync', 'rename'] as const) {
    fs.fault = (each) => (each === operation ? 'ENOSPC' : undefined);
    const before = await untilRefused(repository, operation);
    await repository.recover();
    expect(repository.health()).toMatchObject({ isWritable: false, isPermanent: false });
    fs.fault = () => undefined;
    expect((await fs.list('/data')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    await repository.recover();
    expect(repository.health().isWritable).toBe(true);
    expect(await step(repository, `${operation} ${before}`)).toBe(before + 1);
  }
});

it('a full disk at the start leaves the old state readable, and stops a first start', async () => {
  const fs = new ModelFs();
  const first = await openOn(fs);
  await step(first.repository);
  fs.fault = (operation) => (operation === 'create' ? 'ENOSPC' : undefined);
  const { repository } = await openOn(fs);
  expect(numberOf(repository.read())).toBe(1);
  expect(repository.health().isWritable).toBe(false);
  fs.fault = () => undefined;
  await repository.recover();
  expect(await step(repository)).toBe(2);
  const full = new ModelFs();
  full.fault = (operation) => (operation === 'create' ? 'ENOSPC' : undefined);
  await expect(openOn(full)).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
});

it('a file that cannot be read is not an empty one', async () => {
  const fs = new ModelFs();
  await step((await openOn(fs)).repository);
  for (const code of ['EIO', 'EROFS'] as const) {
    fs.fault = (operation) => (operation === 'read' ? code : undefined);
    await expect(openOn(fs)).rejects.toMatchObject({ code: 'STATE_UNREADABLE' });
  }
});
