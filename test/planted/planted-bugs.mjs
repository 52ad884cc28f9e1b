/**
 * Plants known bugs, one at a time, in a copy of the sources, and expects the named test to turn red. A test that stays green with its
 * bug in place protects nothing. `npm run planted` runs all; `npm run planted -- state fsync` those whose table or name has these words.
 * Each other file here is a table: `export default [{ name, test, edits: [{ file, find, replace }], env? }]`. `find` must occur exactly once.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const COPIED = [
  'src',
  'test',
  'tools',
  'config',
  'package.json',
  'tsconfig.json',
  'jest.config.mjs',
  'master.json.example',
];
const JEST = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
const TIMEOUT_MS = 300_000;
const here = import.meta.dirname;
const repository = join(here, '..', '..');

async function readTables() {
  const files = readdirSync(here).filter((name) => name.endsWith('.mjs') && name !== 'planted-bugs.mjs');
  const tables = await Promise.all(files.map((name) => import(pathToFileURL(join(here, name)).href)));
  return tables.flatMap((table, index) =>
    table.default.map((row) => ({ ...row, table: basename(files[index], '.mjs') })),
  );
}

function makeCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'berth-planted-'));
  for (const name of COPIED) {
    if (existsSync(join(repository, name))) cpSync(join(repository, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(repository, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

/** `green`; `red` when a test of the file failed; `hung`; or why it could not be run, which proves nothing. */
function runTest(copy, test, env) {
  const report = join(copy, 'report.json');
  rmSync(report, { force: true });
  const args = [...JEST, '--runTestsByPath', test, '--json', `--outputFile=${report}`, '--silent'];
  const run = spawnSync(process.execPath, args, {
    cwd: copy,
    env: { ...process.env, ...env },
    timeout: TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (run.error?.code === 'ETIMEDOUT') return 'hung';
  if (!existsSync(report)) return `no report: ${run.stderr.slice(-500)}`;
  const { numFailedTests, numPassedTests, success } = JSON.parse(readFileSync(report, 'utf8'));
  if (numFailedTests > 0) return 'red';
  return success && numPassedTests > 0 ? 'green' : `did not run: ${run.stderr.slice(-500)}`;
}

function plant(copy, { edits }) {
  const originals = edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]);
  for (const { file, find, replace } of edits) {
    const source = readFileSync(join(copy, file), 'utf8');
    if (source.split(find).length !== 2) throw new Error(`${file} must hold exactly once: ${find}`);
    writeFileSync(
      join(copy, file),
      source.replace(find, () => replace),
    );
  }
  return () => originals.forEach(([file, source]) => writeFileSync(join(copy, file), source));
}

function tryRow(copy, row) {
  try {
    const restore = plant(copy, row);
    const result = runTest(copy, row.test, row.env);
    restore();
    return result;
  } catch (error) {
    return `not planted: ${error.message}`;
  }
}

const words = process.argv.slice(2);
const rows = (await readTables()).filter((row) => words.every((word) => `${row.table} ${row.name}`.includes(word)));
const copy = makeCopy();
const failures = [];
try {
  for (const test of new Set(rows.map((row) => row.test))) {
    const result = runTest(copy, test, rows.find((row) => row.test === test).env);
    if (result !== 'green') failures.push(`${test} without any bug: ${result}`);
  }
  for (const row of rows) {
    const result = tryRow(copy, row);
    const isCaught = result === 'red' || result === 'hung';
    console.log(`${isCaught ? 'caught' : 'MISSED'}  ${row.table}: ${row.name}  (${result})`);
    if (!isCaught) failures.push(`${row.table}: ${row.name}: ${result}`);
  }
} finally {
  rmSync(copy, { recursive: true });
}
console.log(`${rows.length - failures.length} of ${rows.length} planted bugs were caught`);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 && rows.length > 0 ? 0 : 1;
