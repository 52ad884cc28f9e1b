/**
 * Makes the typed client of the UI from openapi.json; with --check fails when frontend/src/app/api is not what openapi.json says.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FRONTEND = join(ROOT, 'frontend');
const KEPT = join(FRONTEND, 'src/app/api');

function generate(output) {
  const generator = join(ROOT, 'node_modules/ng-openapi-gen/lib/index.js');
  const args = [generator, '--config', 'ng-openapi-gen.json', '--output', output];
  const { status } = spawnSync(process.execPath, args, { cwd: FRONTEND, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) process.exit(status ?? 1);
}

function contents(folder) {
  const names = readdirSync(folder, { recursive: true }).filter((name) => statSync(join(folder, name)).isFile());
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

if (process.argv.includes('--check')) {
  const scratch = mkdtempSync(join(tmpdir(), 'berth-api-'));
  const output = join(scratch, 'api');
  generate(output);
  const [made, kept] = [contents(output), contents(KEPT)];
  rmSync(scratch, { recursive: true, force: true });
  const differing = [...new Set([...made.keys(), ...kept.keys()])].filter((name) => made.get(name) !== kept.get(name));
  if (differing.length > 0) {
    process.stderr.write(
      `frontend/src/app/api is not what openapi.json says; run: npm run api\n  ${differing.join('\n  ')}\n`,
    );
    process.exitCode = 1;
  }
} else {
  generate(KEPT);
}
