/**
 * Plants known bugs, one at a time, in a copy of the sources, and expects the named test to turn red. A test that stays green with its
 * bug in place protects nothing. `npm run planted` runs all; `npm run planted -- state fsync` those whose table or name has these words.
 * Each other file here is a table: `export default [{ name, test, edits: [{ file, find, replace }], env? }]`. `find` must occur exactly once.
 * Two rows are tried at a time, each in a copy of its own (`BERTH_PLANTED_PARALLEL`).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
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
const TIMEOUT_MS = 180_000;
const PARALLEL = Number(process.env.BERTH_PLANTED_PARALLEL ?? Math.min(2, availableParallelism()));
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
  mkdirSync(join(copy, 'tmp'));
  return copy;
}

/** Pids of the runs under way; each leads a process group, so that nothing that a test started outlives it. */
const running = new Set();

function endGroup(pid) {
  running.delete(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

/** `green`; `red` when a test of the file failed; `hung`; or why it could not be run, which proves nothing. */
async function runTest(copy, test, env) {
  const verdict = join(copy, 'verdict');
  rmSync(verdict, { force: true });
  const reporter = join(copy, 'test/planted/reporter/verdict.mjs');
  const child = spawn(process.execPath, [...JEST, '--runTestsByPath', test, '--silent', `--reporters=${reporter}`], {
    cwd: copy,
    env: { ...process.env, TMPDIR: join(copy, 'tmp'), BERTH_PLANTED_VERDICT: verdict, ...env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child.pid);
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-500)));
  let isLate = false;
  const limit = setTimeout(() => {
    isLate = true;
    endGroup(child.pid);
  }, TIMEOUT_MS);
  await once(child, 'exit');
  clearTimeout(limit);
  endGroup(child.pid);
  if (isLate) return 'hung';
  return existsSync(verdict) ? readFileSync(verdict, 'utf8') : `no verdict: ${said}`;
}

function plant(copy, { edits }) {
  const originals = new Map(edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]));
  const restore = () => originals.forEach((source, file) => writeFileSync(join(copy, file), source));
  for (const { file, find, replace } of edits) {
    const source = readFileSync(join(copy, file), 'utf8');
    if (source.split(find).length !== 2) {
      restore();
      throw new Error(`${file} must hold exactly once: ${find}`);
    }
    writeFileSync(
      join(copy, file),
      source.replace(find, () => replace),
    );
  }
  return restore;
}

async function tryRow(copy, row) {
  try {
    const restore = plant(copy, row);
    const result = await runTest(copy, row.test, row.env);
    restore();
    return result;
  } catch (error) {
    return `not planted: ${error.message}`;
  }
}

const words = process.argv.slice(2);
const rows = (await readTables()).filter((row) => words.every((word) => `${row.table} ${row.name}`.includes(word)));
const failures = [];

/** Without any bug the test must be green, or red would prove nothing. */
const healthyJobs = [...new Set(rows.map((row) => row.test))].map((test) => async (copy) => {
  const result = await runTest(copy, test, rows.find((row) => row.test === test).env);
  if (result !== 'green') failures.push(`${test} without any bug: ${result}`);
});
const plantedJobs = rows.map((row) => async (copy) => {
  const result = await tryRow(copy, row);
  const isCaught = result === 'red' || result === 'hung';
  console.log(`${isCaught ? 'caught' : 'MISSED'}  ${row.table}: ${row.name}  (${result})`);
  if (!isCaught) failures.push(`${row.table}: ${row.name}: ${result}`);
});

const jobs = [...healthyJobs, ...plantedJobs].values();
const copies = Array.from({ length: PARALLEL }, makeCopy);
const begunAt = performance.now();
process.on('exit', () => {
  for (const pid of running) endGroup(pid);
  for (const copy of copies) rmSync(copy, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
await Promise.all(
  copies.map(async (copy) => {
    for (const job of jobs) await job(copy);
  }),
);
const seconds = Math.round((performance.now() - begunAt) / 1000);
console.log(`${rows.length - failures.length} of ${rows.length} planted bugs were caught in ${seconds} s`);
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 && rows.length > 0 ? 0 : 1;
