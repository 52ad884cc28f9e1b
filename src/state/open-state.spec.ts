import { castDraft } from 'immer';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Global, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { BerthError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import { Settings } from '../settings.js';
import { anEntry, anObservation } from '../../test/support/state-fixtures.js';
import { openState } from './open-state.js';
import { SecretBox } from './secret-box.js';
import { runStateCommand } from './state-cli.js';
import { StateModule } from './state.module.js';
import { StateRepository } from './state.repository.js';

const change = { actor: 'test', reason: 'test' };
let home = '';
let directory = '';
let now = new Date('2026-11-23T09:00:00Z');
let warnings: string[] = [];
const opened: StateRepository[] = [];

const settings = () => ({
  directory,
  generations: 3,
  generationMinutes: 60,
  journalKiB: 1_024,
  queueLimit: 1_000,
  observedSaveSeconds: 30,
});
const warn = (message: string): void => void warnings.push(message);
const open = async (): Promise<StateRepository> => {
  const repository = await openState(settings(), { now: () => now, log: { log: () => {}, warn, error: warn } });
  opened.push(repository);
  return repository;
};
const add = (repository: StateRepository, id: string) =>
  repository.update(change, (draft) => void (draft.servers[id] = castDraft(anEntry(id, 1))));
const refusal = async (): Promise<BerthError> => {
  const error: unknown = await open().catch((each: unknown) => each);
  if (!(error instanceof BerthError)) throw new Error('it was not refused');
  return error;
};
const master = () => join(directory, 'master.json');
const generations = () => readdirSync(join(directory, 'generations')).sort();
const command = async (...args: string[]) => {
  const printed: string[] = [];
  const code = await runStateCommand(args, { directory, print: (line) => void printed.push(line), now: () => now });
  return { code, text: printed.join('\n') };
};

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'berth-state-'));
  directory = join(home, 'new', 'data');
  now = new Date('2026-11-23T09:00:00Z');
  warnings = [];
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each.close();
  rmSync(home, { recursive: true });
});

describe('the data directory', () => {
  it('is made private, and a restart finds everything', async () => {
    const repository = await open();
    await add(repository, 'a');
    const before = repository.read();
    await repository.close();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o077).toBe(0);
    expect(readdirSync(directory).sort()).toEqual(['generations', 'master.json', 'master.lock']);
    expect((await open()).read()).toEqual(before);
  });

  it('that is empty but open to others, as a fresh volume is, is made private', async () => {
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, 0o755);
    mkdirSync(join(directory, 'lost+found'));
    await open();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('that is open to others and holds something else is refused and left alone', async () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'letters.txt'), 'not ours');
    chmodSync(directory, 0o755);
    expect((await refusal()).code).toBe('STATE_PERMISSIONS');
    expect(statSync(directory).mode & 0o777).toBe(0o755);
    expect(readdirSync(directory)).toEqual(['letters.txt']);
  });

  it.each([
    ['.', 0o750],
    ['master.json', 0o604],
    ['generations', 0o755],
    ['master.lock', 0o660],
  ])('is refused when %s is open to others, with the command that closes it', async (name, mode) => {
    const first = await open();
    await add(first, 'a');
    await first.close();
    chmodSync(join(directory, name), mode);
    const { code, message } = await refusal();
    expect(code).toBe('STATE_PERMISSIONS');
    const path = name === '.' ? directory : join(directory, name);
    const bits = name === '.' || name === 'generations' ? 700 : 600;
    expect(message).toContain(`chmod ${bits} '${path}'`);
  });

  it('is freed of what a crash left half-written', async () => {
    await (await open()).close();
    const names = ['master.json.0123456789abcdef.tmp', 'secret.key.0123456789abcdef.tmp'];
    for (const name of names) writeFileSync(join(directory, name), 'half', { mode: 0o600 });
    writeFileSync(join(directory, 'notes.tmp'), 'somebody else’s');
    await open();
    expect(readdirSync(directory)).not.toEqual(expect.arrayContaining(names));
    expect(existsSync(join(directory, 'notes.tmp'))).toBe(true);
  });
});

describe('a state that cannot be trusted', () => {
  beforeEach(async () => {
    const repository = await open();
    await add(repository, 'a');
    now = new Date('2026-11-23T11:00:00Z');
    await add(repository, 'b');
    await repository.close();
  });

  it.each([
    ['empty', ''],
    ['{}', '{}'],
    ['cut', null],
  ])('is refused when the file is %s, and its bytes stay', async (_name, content) => {
    const bytes = content ?? readFileSync(master(), 'utf8').slice(0, 400);
    writeFileSync(master(), bytes);
    const { code, message } = await refusal();
    expect(code).toBe('STATE_UNREADABLE');
    expect(message).toContain(`node dist/main.js state restore ${generations().at(-1)}`);
    expect(readFileSync(master(), 'utf8')).toBe(bytes);
  });

  it('is refused when the file is missing but something shows an earlier life', async () => {
    unlinkSync(master());
    expect((await refusal()).code).toBe('STATE_UNREADABLE');
    rmSync(join(directory, 'generations'), { recursive: true });
    writeFileSync(join(directory, 'secret.key'), 'k', { mode: 0o600 });
    const { code, message } = await refusal();
    expect(code).toBe('STATE_UNREADABLE');
    expect(message).toContain('move the directory away');
    rmSync(join(directory, 'secret.key'));
    expect((await open()).read().servers).toEqual({});
  });

  it('can be verified and restored by one command, which keeps what it replaces', async () => {
    writeFileSync(master(), 'damaged', { mode: 0o600 });
    const checked = await command('verify');
    expect(checked.code).toBe(1);
    expect(checked.text).toContain('master.json: BAD');
    expect(checked.text).toContain('good: revision 1, 1 servers, 1 pods');
    const restored = await command('restore');
    expect(restored).toMatchObject({ code: 0 });
    const kept = readdirSync(directory).find((name) => name.startsWith('master.json.corrupt-'));
    expect(readFileSync(join(directory, kept ?? ''), 'utf8')).toBe('damaged');
    expect((await command('verify')).code).toBe(0);
    const repository = await open();
    expect(Object.keys(repository.read().servers)).toEqual(['a']);
    expect(repository.read().rev).toBeGreaterThan(1);
  });

  it('is restored from the generation that was named, and a bad one is passed over', async () => {
    const [oldest, newest] = generations();
    writeFileSync(join(directory, 'generations', newest ?? ''), 'damaged');
    expect(await command('restore', newest ?? '')).toMatchObject({ code: 1 });
    expect(await command('restore', 'nothing')).toMatchObject({ code: 1 });
    const { code, text } = await command('restore');
    expect(code).toBe(0);
    expect(text).toContain(`${oldest}: good`);
    expect((await open()).read().servers).toEqual({});
  });

  it('is sealed again after an edit by hand', async () => {
    writeFileSync(master(), readFileSync(master(), 'utf8').replace('name of a', 'renamed'));
    expect((await refusal()).code).toBe('STATE_UNREADABLE');
    expect(await command('seal', master())).toMatchObject({ code: 0 });
    expect((await open()).read().servers['a']?.server.name).toBe('renamed');
    writeFileSync(join(home, 'bad.json'), '{}');
    expect(await command('seal', join(home, 'bad.json'))).toMatchObject({ code: 1 });
  });

  it('is not touched by a command while Berth runs', async () => {
    await open();
    expect(await command('restore')).toMatchObject({ code: 75 });
    expect(await command('seal', master())).toMatchObject({ code: 75 });
    expect(await command('verify')).toMatchObject({ code: 0 });
    expect(await command('restored')).toMatchObject({ code: 2 });
  });
});

describe('a state that was left by a crash', () => {
  const journal = (): string => readdirSync(directory).find((name) => name.endsWith('.journal')) ?? '';

  /** What kill -9 leaves: the files as they are while Berth runs. */
  async function crash(): Promise<void> {
    const repository = await open();
    await add(repository, 'a');
    now = new Date('2026-11-23T11:00:00Z');
    for (const id of ['b', 'c']) await add(repository, id);
    const running = directory;
    directory = join(home, 'crashed');
    mkdirSync(directory, { mode: 0o700 });
    for (const name of ['master.json', readdirSync(running).find((each) => each.endsWith('.journal')) ?? '']) {
      copyFileSync(join(running, name), join(directory, name));
      chmodSync(join(directory, name), 0o600);
    }
    cpSync(join(running, 'generations'), join(directory, 'generations'), { recursive: true });
    chmodSync(join(directory, 'generations'), 0o700);
  }

  it('is whole with its journal, for a start and for `verify`', async () => {
    await crash();
    expect((await command('verify')).text).toContain('good: revision 3, 3 servers, 3 pods');
    expect(Object.keys((await open()).read().servers)).toEqual(['a', 'b', 'c']);
  });

  it('is refused when its journal is missing', async () => {
    await crash();
    const name = journal();
    unlinkSync(join(directory, name));
    const { code, message } = await refusal();
    expect(code).toBe('STATE_UNREADABLE');
    expect(message).toContain(`its journal ${name} is missing`);
  });

  it('is refused when its journal is damaged; `restore` keeps the journal beside what it puts back', async () => {
    await crash();
    const [name, bytes] = [journal(), readFileSync(join(directory, journal()), 'utf8')];
    const damaged = bytes.replace('name of b', 'name of x');
    writeFileSync(join(directory, name), damaged);
    const { code, message } = await refusal();
    expect(code).toBe('STATE_UNREADABLE');
    expect(message).toMatch(/line \d of its journal is wrong.* state restore master-/s);
    expect(await command('restore')).toMatchObject({ code: 0 });
    const repository = await open();
    expect(Object.keys(repository.read().servers)).toEqual(['a']);
    expect(repository.read().rev).toBeGreaterThan(3);
    const kept = readdirSync(directory).find((each) => each.startsWith(`${name}.corrupt-`)) ?? '';
    expect(readFileSync(join(directory, kept), 'utf8')).toBe(damaged);
  });

  it('edited by hand and sealed is what was edited, and what the journal says happened since', async () => {
    await crash();
    writeFileSync(master(), readFileSync(master(), 'utf8').replace('name of a', 'renamed'));
    expect(await command('seal', master())).toMatchObject({ code: 0 });
    const { servers } = (await open()).read();
    expect(Object.values(servers).map(({ server }) => server.name)).toEqual(['renamed', 'name of b', 'name of c']);
  });
});

describe('older copies', () => {
  it('are kept at most as often and as many as the settings say, and each can be loaded', async () => {
    const repository = await open();
    for (let minute = 0; minute < 10 * 60; minute += 20) {
      now = new Date(Date.parse('2026-11-23T09:00:00Z') + minute * 60_000);
      await add(repository, `s${minute}`);
    }
    expect(generations()).toHaveLength(3);
    const times = generations().map((name) => name.slice(-12, -6));
    expect(times).toEqual(['160000', '170000', '180000']);
    const { text } = await command('verify');
    expect(text.match(/good:/g)).toHaveLength(4);
  });

  it('go on when the clock is set back', async () => {
    const repository = await open();
    await add(repository, 'a');
    const before = generations().length;
    now = new Date('2020-01-01T00:00:00Z');
    await add(repository, 'b');
    expect(generations()).toHaveLength(before + 1);
  });
});

describe('ownership', () => {
  it('is refused to a second one, with the name of the first', async () => {
    await open();
    const { code, message } = await refusal();
    expect(code).toBe('STATE_LOCKED');
    expect(message).toContain(`pid ${process.pid} `);
  });

  it('is not claimed by a note that a crash left, even if its pid now is somebody else’s', async () => {
    await (await open()).close();
    writeFileSync(join(directory, 'master.owner'), `pid ${process.pid} on here since then\n`, { mode: 0o600 });
    expect((await open()).health().isWritable).toBe(true);
  });

  it('lost without notice, as on a volume without locks, stops the first at its next write', async () => {
    const first = await open();
    await add(first, 'a');
    for (const name of ['master.lock', 'master.owner']) unlinkSync(join(directory, name));
    const second = await open();
    await add(second, 'b');
    await expect(add(first, 'lost')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
    expect(first.health().lastError).toContain('somebody else');
    await first.recover();
    expect(first.health().isWritable).toBe(false);
    await add(second, 'c');
    expect(Object.keys(first.read().servers)).toEqual(['a']);
    await second.close();
    expect(Object.keys((await open()).read().servers)).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, () => void]>([
    ['was edited in place', () => writeFileSync(master(), readFileSync(master(), 'utf8').replace('rack 1', 'rack 2'))],
    ['was removed', () => unlinkSync(master())],
    ['was touched', () => utimesSync(master(), 1, 1)],
  ])('ends when the file %s', async (_name, meddle) => {
    const repository = await open();
    await add(repository, 'a');
    meddle();
    await expect(add(repository, 'b')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
    expect(repository.health()).toMatchObject({ isWritable: false, isPermanent: true });
    expect(Object.keys(repository.read().servers)).toEqual(['a']);
  });
});

it('after a start, what was seen before is shown, but no server counts as online', async () => {
  const repository = await open();
  await add(repository, 'a');
  await add(repository, 'b');
  repository.observe('a', () => anObservation(2));
  repository.observe('b', () => ({ ...anObservation(), status: { ...anObservation().status, state: 'Paused' } }));
  await repository.close();
  now = new Date('2026-11-24T00:00:00Z');
  const { observed } = (await open()).read();
  expect(observed['a']?.status).toEqual({ state: 'Connecting', code: '', message: '', since: now.toISOString() });
  expect(observed['a']?.resources).toEqual(anObservation(2).resources);
  expect(observed['b']?.status.state).toBe('Paused');
});

it('as a Nest module it opens before others start, and closes after them', async () => {
  const values = Object.assign(new Settings(), { state: settings() });
  class SettingsModule {}
  Global()(SettingsModule);
  Module({ providers: [{ provide: Settings, useValue: values }], exports: [Settings] })(SettingsModule);
  const app = await Test.createTestingModule({ imports: [SettingsModule, StateModule] }).compile();
  await app.init();
  const repository = app.get(StateRepository);
  await add(repository, 'a');
  const sealed = app.get(SecretBox).seal(new Secret('s'), 'a/credential/1');
  expect((await refusal()).code).toBe('STATE_LOCKED');
  await app.close();
  await expect(add(repository, 'b')).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  expect(Object.keys((await open()).read().servers)).toEqual(['a']);
  expect((await SecretBox.load(settings(), repository.read(), console)).open(sealed, 'a/credential/1').reveal()).toBe(
    's',
  );
});
