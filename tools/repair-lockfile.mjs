/**
 * Completes package-lock.json. A registry that lacks binaries for foreign platforms makes `npm install` leave them out of the lock, and
 * `npm ci` then refuses the lock elsewhere ("Missing: … from lock file"). This adds the entries that the parents' optionalDependencies
 * ask for: without an integrity, since nobody here has seen the file. On the platforms where they are left out they are never fetched.
 *
 * Usage: node tools/repair-lockfile.mjs [package-lock.json]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const OS = {
  darwin: 'darwin',
  linux: 'linux',
  win32: 'win32',
  win: 'win32',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  aix: 'aix',
  sunos: 'sunos',
};
const CPU = new Set(['x64', 'arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'loong64', 'mips64el', 'wasm32']);
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };
/** Packages whose names do not tell their platform. */
const KNOWN = { fsevents: { os: ['darwin'] } };

/** What a name like `@swc/core-linux-x64-musl` says about where the package is for. */
export function platformOf(name) {
  if (KNOWN[name]) return KNOWN[name];
  const words = name.split(/[-/]/);
  const os = words.map((word) => OS[word]).find(Boolean);
  const cpu = words.find((word) => CPU.has(word));
  const libc = os === 'linux' ? words.map((word) => LIBC[word]).find(Boolean) : undefined;
  return { ...(cpu ? { cpu: [cpu] } : {}), ...(os ? { os: [os] } : {}), ...(libc ? { libc: [libc] } : {}) };
}

/** Where npm would find `name` from the package at `path`, or undefined. */
function resolve(packages, path, name) {
  for (
    let base = path;
    ;
    base = base.includes('/node_modules/') ? base.slice(0, base.lastIndexOf('/node_modules/')) : ''
  ) {
    const candidate = `${base === '' ? '' : `${base}/`}node_modules/${name}`;
    if (packages[candidate]) return candidate;
    if (base === '') return undefined;
  }
}

/** The lowest version that a range like `^2.3.3` allows; undefined for what is not one plain version with a prefix. */
function lowest(range) {
  return /^[~^>=v ]*(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(range)?.[1];
}

/** Adds missing optional packages to `lock` in place. Returns the paths that were added. */
export function repairLock(lock) {
  const { packages } = lock;
  const added = [];
  for (const [path, parent] of Object.entries(packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const version = lowest(range);
      if (version === undefined || resolve(packages, path, name)) continue;
      // Beside its parent, where npm puts what nobody else needs in another version.
      const at = path.includes('node_modules/') ? path.slice(0, path.lastIndexOf('node_modules/')) : '';
      const place = `${at}node_modules/${name}`;
      packages[place] = { version, ...platformOf(name), ...(parent.dev ? { dev: true } : {}), optional: true };
      added.push(place);
    }
  }
  lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  return added;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2] ?? 'package-lock.json';
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  const added = repairLock(lock);
  if (added.length > 0) writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${file}: ${added.length} entries added\n`);
}
