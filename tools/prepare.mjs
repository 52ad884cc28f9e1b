/**
 * Makes a fresh clone ready: installs when node_modules is missing or older than the lock, builds when dist is missing or older than a
 * source, and the same for the web UI with --ui. Uses no package and no syntax newer than Node 20, since it runs before anything is installed.
 *
 * Usage: node tools/prepare.mjs [--install-only | --ui]
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUILD_INPUTS = ['src', 'package.json', 'nest-cli.json', 'tsconfig.json', 'tsconfig.build.json', '.swcrc'];
const UI_INPUTS = ['src', 'public', 'package.json', 'angular.json', 'tsconfig.json', 'tsconfig.app.json'];

/** Newest change below `path`, milliseconds; 0 when there is nothing. What the build itself writes does not count. */
function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return path.endsWith('.spec.ts') || path.endsWith('metadata.ts') ? 0 : stat.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function run(command, args) {
  // The binaries of node_modules come first: among them is the Node that this repository is made for.
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` };
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  if (status !== 0) process.exit(status ?? 1);
}

if (newest(join(ROOT, 'node_modules/.package-lock.json')) < newest(join(ROOT, 'package-lock.json'))) {
  process.stdout.write('Installing packages…\n');
  run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts']);
}
if (!process.argv.includes('--install-only')) {
  const built = newest(join(ROOT, 'dist/main.js'));
  if (BUILD_INPUTS.some((input) => newest(join(ROOT, input)) > built)) {
    process.stdout.write('Building…\n');
    run('nest', ['build']);
  }
}
if (process.argv.includes('--ui')) {
  // Written last by the build.
  const built = newest(join(ROOT, 'dist-ui/index.html.gz'));
  if (UI_INPUTS.some((input) => newest(join(ROOT, 'frontend', input)) > built)) {
    process.stdout.write('Building the web UI…\n');
    run('npm', ['run', '--silent', 'build:ui']);
  }
}
