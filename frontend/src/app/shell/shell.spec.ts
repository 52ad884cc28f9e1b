import { describe, expect, it } from 'vitest';
import type { ServerDto } from '../api/models/server-dto';
import { findActions, findServers } from './palette-items';
import { ShortcutKeys } from './shortcut-keys';

const press = (keys: ShortcutKeys, key: string, more = {}) =>
  keys.press({ key, isModified: false, isTaken: false, atMs: 0, ...more });

describe('ShortcutKeys', () => {
  it('knows single keys and keys after g', () => {
    const keys = new ShortcutKeys();
    expect(press(keys, 'n')).toBe('launch');
    expect(press(keys, 'g')).toBeNull();
    expect(press(keys, 'p')).toBe('pods');
    expect(press(keys, 'p')).toBeNull();
  });

  it('forgets g after a while and after any other key', () => {
    const keys = new ShortcutKeys();
    press(keys, 'g');
    expect(press(keys, 'f', { atMs: 2_000 })).toBeNull();
    press(keys, 'g', { atMs: 3_000 });
    press(keys, 'x', { atMs: 3_100 });
    expect(press(keys, 'f', { atMs: 3_200 })).toBeNull();
  });

  it('leaves the keys of a field alone, but for the palette', () => {
    const keys = new ShortcutKeys();
    expect(press(keys, 'n', { isTaken: true })).toBeNull();
    expect(press(keys, 'k', { isTaken: true, isModified: true })).toBe('palette');
    expect(press(keys, 'n', { isModified: true })).toBeNull();
  });
});

describe('the palette', () => {
  const server = (name: string, location = '') =>
    ({ id: name, name, location, tags: ['gpu'], state: 'Online', connection: { address: '' } }) as unknown as ServerDto;
  const labels = (text: string, servers: ServerDto[]) => findServers(text, servers).map(({ label }) => label);

  it('finds servers by every word, names that begin with it first', () => {
    const servers = [server('my-lab'), server('lab-2', 'Basel'), server('lab-1', 'Basel'), server('other')];
    expect(labels('lab', servers)).toEqual(['lab-1', 'lab-2', 'my-lab']);
    expect(labels('basel lab-2', servers)).toEqual(['lab-2']);
    expect(labels('GPU oth', servers)).toEqual(['other']);
  });

  it('shows no server before something is typed, and few after', () => {
    const many = Array.from({ length: 100 }, (_, index) => server(`s${index}`));
    expect(labels('', many)).toEqual([]);
    expect(labels('s', many)).toHaveLength(8);
  });

  it('finds actions by their words', () => {
    expect(findActions('sign').map(({ id }) => id)).toEqual(['action-sign-out']);
  });
});
