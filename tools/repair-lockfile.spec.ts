import { readFileSync } from 'node:fs';
import { type LockPackage, platformOf, repairLock } from './repair-lockfile.mjs';

const lockOf = (packages: Record<string, LockPackage>): { packages: Record<string, LockPackage> } => ({ packages });

describe('the repair of package-lock.json', () => {
  it.each([
    ['@swc/core-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@swc/core-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@swc/core-win32-x64-msvc', { os: ['win32'], cpu: ['x64'] }],
    ['@oxlint/binding-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@oxfmt/binding-android-arm-eabi', { os: ['android'], cpu: ['arm'] }],
    ['fsevents', { os: ['darwin'] }],
  ])('reads from the name where %s is for', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  it('adds what a parent asks for, as optional, with the flags of its parent', () => {
    const lock = lockOf({
      '': {},
      'node_modules/jest-haste-map': { version: '30.0.0', dev: true, optionalDependencies: { fsevents: '^2.3.3' } },
    });
    expect(repairLock(lock)).toEqual(['node_modules/fsevents']);
    expect(lock.packages['node_modules/fsevents']).toEqual({
      version: '2.3.3',
      os: ['darwin'],
      dev: true,
      optional: true,
    });
  });

  it('leaves alone what is there, also further up', () => {
    const lock = lockOf({
      'node_modules/a': { optionalDependencies: { 'b-linux-x64': '1.0.0' } },
      'node_modules/a/node_modules/c': { optionalDependencies: { 'b-linux-x64': '^1.0.0' } },
      'node_modules/b-linux-x64': { version: '1.0.0', optional: true },
    });
    expect(repairLock(lock)).toEqual([]);
  });

  it('does nothing the second time', () => {
    const lock = lockOf({ 'node_modules/a': { optionalDependencies: { 'b-darwin-x64': '1.0.0' } } });
    repairLock(lock);
    expect(repairLock(lock)).toEqual([]);
  });

  it('has been made on the lock of this repository', () => {
    const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockPackage> };
    expect(repairLock(lock)).toEqual([]);
  });
});
