import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, compile, start } from './compiled.js';
import { seeded } from './model-fs.js';

const KILLS = Number(process.env['BERTH_KILLS'] ?? 50);
const SEED = Number(process.env['BERTH_SEED'] ?? Date.now() % 1e9);
const WRITERS = 16;
const SCRIPT = 'test/durability/writer-process.js';

interface Found {
  readonly start: readonly { readonly id: string; readonly effects: number; readonly number: number }[];
  readonly problems: readonly string[];
}

let root = '';
let directory = '';
const running = new Set<Child>();

function launch(writers = WRITERS): Child {
  const child = start(root, SCRIPT, directory, String(writers));
  running.add(child);
  void child.ended.then(() => running.delete(child));
  return child;
}

async function kill(child: Child): Promise<void> {
  child.process.kill('SIGKILL');
  await child.ended;
}

beforeAll(() => {
  root = compile();
});
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'berth-kill-')), 'data');
});
afterEach(async () => {
  for (const child of running) await kill(child);
  rmSync(join(directory, '..'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true }));

it(`${KILLS} times kill -9 under ${WRITERS} writers loses no acknowledged change and applies none twice (BERTH_SEED=${SEED})`, async () => {
  const random = seeded(SEED);
  const acknowledged = new Map<string, number>();
  const problems: string[] = [];
  let total = 0;
  for (let round = 0; round <= KILLS; round += 1) {
    const child = launch();
    // Some die while they start, most in the middle of their writes.
    if (round % 10 !== 9) {
      const { start: found, problems: broken }: Found = JSON.parse((await child.line('ready ')).slice(6));
      problems.push(...broken);
      for (const { id, effects, number } of found) {
        const acked = acknowledged.get(id) ?? 0;
        if (number < acked) problems.push(`round ${round}: ${id} had ${acked} acknowledged, ${number} is left`);
        if (number > acked + 1) problems.push(`round ${round}: ${id} has ${number}, but sent at most ${acked + 1}`);
        if (effects !== number)
          problems.push(`round ${round}: ${id} took effect ${effects} times for ${number} changes`);
        acknowledged.set(id, number);
      }
    }
    const delayMs = Math.floor(random() * 120);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await kill(child);
    for (const line of child.lines.filter((each) => each.startsWith('ack '))) {
      const [, id = '', number] = line.split(' ');
      acknowledged.set(id, Math.max(acknowledged.get(id) ?? 0, Number(number)));
      total += 1;
    }
  }
  expect(problems).toEqual([]);
  expect(total).toBeGreaterThan(KILLS * WRITERS);
}, 600_000);

describe('a second process', () => {
  it('exits with 75 and names the owner; kill -9 frees the directory at once', async () => {
    const owner = launch(1);
    await owner.line('ready ');
    const second = launch(1);
    expect(await second.ended).toEqual({ code: 75, signal: null });
    expect(second.errors.join('')).toContain(`pid ${owner.process.pid} `);
    await kill(owner);
    const third = launch(1);
    await third.line('ack ');
  });

  it('cannot take over from an owner that is merely asleep', async () => {
    const owner = launch(1);
    await owner.line('ack ');
    owner.process.kill('SIGSTOP');
    const second = launch(1);
    expect((await second.ended).code).toBe(75);
    owner.process.kill('SIGCONT');
    const count = owner.lines.length;
    while (owner.lines.length === count) await new Promise((resolve) => owner.process.stdout.once('data', resolve));
  });

  it('loses every race for the start but one', async () => {
    for (let race = 0; race < 5; race += 1) {
      const children = [1, 2, 3, 4].map(() => launch(1));
      const outcomes = await Promise.all(
        children.map((child) =>
          child.line('ready ').then(
            () => 'owner',
            async () => String((await child.ended).code),
          ),
        ),
      );
      expect(outcomes.sort()).toEqual(['75', '75', '75', 'owner']);
      for (const child of children) await kill(child);
    }
  });
});
