import { checkInvariants } from '../../src/domain/invariants.js';
import { type Image, ModelFs, seeded } from './model-fs.js';
import { DIRECTORY, numberOf, openOn, step } from './rig.js';

const STATES = Number(process.env['BERTH_POWER_STATES'] ?? 8_000);
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1e9);
const CUTS_PER_OPERATION = 80;

interface Cut {
  readonly image: Image;
  readonly acknowledged: number;
  readonly issued: number;
  readonly after: string;
}

/** Runs updates, some alone and some together, and takes every disk that a cut after each operation may leave. */
async function* run(random: () => number): AsyncGenerator<Cut> {
  const fs = new ModelFs();
  let acknowledged = 0;
  let issued = 0;
  let cuts: Cut[] = [];
  fs.changed = () => {
    const after = fs.log.at(-1) ?? '';
    for (const image of fs.cuts(CUTS_PER_OPERATION, random)) cuts.push({ image, acknowledged, issued, after });
  };
  const { repository } = await openOn(fs);
  for (;;) {
    const together = 1 + Math.floor(random() * 4);
    const updates = Array.from({ length: together }, async (_, index) => {
      issued += 1;
      const number = await step(repository, index % 2 === 0 ? `key-${issued}` : undefined);
      acknowledged = Math.max(acknowledged, number);
    });
    await Promise.all(updates);
    yield* cuts;
    cuts = [];
  }
}

/** Null when the disk left by the cut opens to a legal state. */
async function problemOf({ image, acknowledged, issued }: Cut): Promise<string | null> {
  try {
    const fs = ModelFs.from(image);
    const { state, failure, repository } = await openOn(fs);
    const number = numberOf(state);
    if (failure) return `read-only: ${failure.message}`;
    if (number === null) return 'a state that nobody made';
    if (number < acknowledged) return `lost: ${number} of ${acknowledged} acknowledged`;
    if (number > issued) return `invented: ${number} of ${issued} sent`;
    const wrong = checkInvariants(state);
    if (wrong.length > 0) return wrong.join();
    if ((await fs.list(DIRECTORY)).some((name) => name.endsWith('.tmp'))) return 'leftovers';
    return (await step(repository)) === number + 1 ? null : 'does not go on';
  } catch (error) {
    return String(error);
  }
}

it(`no power cut loses an acknowledged change or leaves an unreadable file (${STATES} disks, BERTH_SEED=${SEED})`, async () => {
  const problems: string[] = [];
  let seen = 0;
  for await (const cut of run(seeded(SEED))) {
    const problem = await problemOf(cut);
    if (problem !== null) problems.push(`after ${cut.after}: ${problem}`);
    seen += 1;
    if (seen >= STATES || problems.length >= 5) break;
  }
  expect(problems).toEqual([]);
  expect(seen).toBe(STATES);
}, 600_000);
