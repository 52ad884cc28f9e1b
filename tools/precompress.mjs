/**
 * Puts a .br and a .gz beside each file of a folder, for servers that send them as they are, and fails when what a first visit loads is
 * more than the budget.
 *
 * Usage: node tools/precompress.mjs <folder>
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const MAX_INITIAL_BYTES = 250_000;
const TEXT = /\.(?:js|css|html|svg|json|txt|webmanifest)$/;

const folder = process.argv[2];
if (folder === undefined) {
  process.stderr.write('Usage: node tools/precompress.mjs <folder>\n');
  process.exit(64);
}

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);

async function compress(name) {
  const path = join(folder, name);
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const [br, gz] = await Promise.all([brotli(bytes, { params }), zip(bytes, { level: 9 })]);
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gz);
  return [name, br.length];
}

const names = readdirSync(folder, { recursive: true }).filter(
  (name) => TEXT.test(name) && statSync(join(folder, name)).isFile(),
);
const sizes = new Map(await Promise.all(names.map(compress)));

const index = readFileSync(join(folder, 'index.html'), 'utf8');
const initial = new Set([
  'index.html',
  ...[...index.matchAll(/(?:src|href)="\/?([^":]+\.(?:js|css))"/g)].map(([, name]) => name),
]);
const bytes = [...initial].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
process.stdout.write(
  `${sizes.size} files; a first visit loads ${initial.size} of them, ${(bytes / 1_000).toFixed(1)} kB compressed\n`,
);
if (bytes > MAX_INITIAL_BYTES) {
  process.stderr.write(`That is more than ${MAX_INITIAL_BYTES / 1_000} kB: load something lazily.\n`);
  process.exitCode = 1;
}
