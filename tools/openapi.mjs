/**
 * Writes openapi.json from the built application, or with --check fails when the file is not what the application is.
 * Run `npm run build` before.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import 'reflect-metadata';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE = join(ROOT, 'openapi.json');

const { createApp } = await import('../dist/app.js');
const { buildDocument } = await import('../dist/http/openapi.js');
const { loadSettings } = await import('../dist/settings.js');
const { VERSION } = await import('../dist/version.js');

const directory = await mkdtemp(join(tmpdir(), 'berth-openapi-'));
const settings = loadSettings({ BERTH_ENV: 'test', BERTH_STATE_DIRECTORY: directory }, join(ROOT, 'config'));
const app = await createApp(settings);
const text = `${JSON.stringify(await buildDocument(app.nest, VERSION), null, 2)}\n`;
await app.stop();
await rm(directory, { recursive: true, force: true });

if (process.argv.includes('--check')) {
  const kept = await readFile(FILE, 'utf8').catch(() => 'null');
  if (!isDeepStrictEqual(JSON.parse(kept), JSON.parse(text))) {
    process.stderr.write('openapi.json is not what the application is; run: npm run openapi\n');
    process.exitCode = 1;
  }
} else {
  await writeFile(FILE, text);
  process.stdout.write(`openapi.json: ${Object.keys(JSON.parse(text).paths).length} paths\n`);
}
