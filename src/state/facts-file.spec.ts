import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anEntry, anObservation } from '../../test/support/state-fixtures.js';
import { FACTS_FILE } from './data-directory.js';
import { readFacts, writeFacts } from './facts-file.js';
import { nodeFs } from './node-fs.js';

const servers = { a: anEntry('a'), b: anEntry('b') };
const observed = { a: anObservation(2), b: anObservation() };

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-facts-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const path = (): string => join(directory, FACTS_FILE);
const read = (): Promise<object> => readFacts(nodeFs, directory, servers);

describe('what was seen on the clusters', () => {
  it('is read as it was written', async () => {
    await writeFacts(nodeFs, directory, observed);
    await writeFacts(nodeFs, directory, observed);
    expect(await read()).toEqual(observed);
  });

  it('counts as never seen when there is no file, or no such server', async () => {
    expect(await read()).toEqual({});
    await writeFacts(nodeFs, directory, { ...observed, c: anObservation() });
    expect(Object.keys(await read()).sort()).toEqual(['a', 'b']);
  });

  it('counts as never seen when a single bit of it is wrong, wherever', async () => {
    await writeFacts(nodeFs, directory, observed);
    const bytes = readFileSync(path());
    for (let at = 0; at < bytes.length; at += 37) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      writeFileSync(path(), damaged);
      expect(await read()).toEqual({});
    }
  });

  it.each([0, 1, 500, -1, -70])('counts as never seen when the file was cut off at %i', async (end) => {
    await writeFacts(nodeFs, directory, observed);
    writeFileSync(path(), readFileSync(path()).subarray(0, end));
    expect(await read()).toEqual({});
  });

  it('of a server that calls a node __proto__ is left out', async () => {
    const hostile = JSON.parse('{"__proto__": {"name": "node"}}');
    const a = { ...anObservation(), resources: { ...anObservation().resources!, nodes: hostile } };
    await writeFacts(nodeFs, directory, { a, b: observed.b });
    expect(await read()).toEqual({ b: observed.b });
  });

  it.each<[string, () => void]>([
    ['is larger than a text can be', () => truncateSync(path(), 600 * 1_024 * 1_024)],
    ['can be read by others', () => chmodSync(path(), 0o644)],
    ['is a pipe', () => replace(() => execFileSync('mkfifo', ['-m', '600', path()]))],
    ['is a directory', () => replace(() => mkdirSync(path(), 0o700))],
    ['is a link', () => replace(() => symlinkSync('/dev/zero', path()))],
  ])('counts as never seen when the file %s', async (_what, meddle) => {
    await writeFacts(nodeFs, directory, observed);
    meddle();
    expect(await read()).toEqual({});
  });

  it('leaves nothing behind when the disk is full, and gives back the room of the file', async () => {
    await writeFacts(nodeFs, directory, observed);
    const full = {
      ...nodeFs,
      create: async (name: string) => ({
        ...(await nodeFs.create(name)),
        write: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
      }),
    };
    await expect(writeFacts(full, directory, observed)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(readdirSync(directory)).toEqual([]);
  });
});

function replace(make: () => void): void {
  rmSync(path());
  make();
}
