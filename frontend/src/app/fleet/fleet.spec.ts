import { describe, expect, it } from 'vitest';
import type { ServerDto } from '../api/models/server-dto';
import { filterServers, locationsOf, oldestPicture, sortServers, tagsOf } from './fleet-filter';
import { EVERYTHING, isFiltered, readQuery, writeQuery } from './fleet-query';
import { inRows } from './rows';

const server = (name: string, more: object = {}, free: object = {}): ServerDto =>
  ({
    id: name,
    name,
    tags: [],
    location: '',
    state: 'Online',
    message: '',
    connection: { address: `root@${name}.test:22` },
    capacity: { available: { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0, ...free } },
    pods: { managed: 0, foreign: 0 },
    observedAt: null,
    ...more,
  }) as unknown as ServerDto;

const FLEET = [
  server('lab-10', { tags: ['gpu', 'team=vision'], location: 'Basel' }, { cpus: 4, gpus: 2 }),
  server('lab-2', { state: 'Offline', message: 'no route to host', tags: ['gpu'] }, { cpus: 16 }),
  server('Alpha', { location: 'Zürich', observedAt: '2026-11-23T09:00:00.000Z' }, { cpus: 8 }),
];
const names = (servers: readonly ServerDto[]) => servers.map(({ name }) => name);
const filtered = (change: object) => names(filterServers(FLEET, { ...EVERYTHING, ...change }));
const query = (text: string) => {
  const params = new URLSearchParams(text);
  return readQuery((name) => params.get(name));
};

describe('filterServers', () => {
  it('finds every word anywhere, in any case', () => {
    expect(filtered({ text: 'LAB gpu' })).toEqual(['lab-10', 'lab-2']);
    expect(filtered({ text: 'route' })).toEqual(['lab-2']);
    expect(filtered({ text: 'alpha.test' })).toEqual(['Alpha']);
    expect(filtered({ text: 'gpu zürich' })).toEqual([]);
  });

  it('joins states by or, tags by and', () => {
    expect(filtered({ states: ['Offline', 'Degraded'] })).toEqual(['lab-2']);
    expect(filtered({ tags: ['gpu', 'team=vision'] })).toEqual(['lab-10']);
  });

  it('wants the place exactly and the amounts at least', () => {
    expect(filtered({ location: 'Basel' })).toEqual(['lab-10']);
    expect(filtered({ minFree: { ...EVERYTHING.minFree, cpus: 8 } })).toEqual(['lab-2', 'Alpha']);
    expect(filtered({ minFree: { ...EVERYTHING.minFree, cpus: 8, gpus: 1 } })).toEqual([]);
  });

  it('searches the newest view of a server', () => {
    const before = server('x', { message: 'wrong password' });
    const wanted = { ...EVERYTHING, text: 'password' };
    expect(filterServers([before], wanted)).toHaveLength(1);
    expect(filterServers([{ ...before, message: '' }], wanted)).toHaveLength(0);
  });
});

describe('sortServers', () => {
  it('sorts names as people do', () => {
    expect(names(sortServers(FLEET, 'name', false))).toEqual(['Alpha', 'lab-2', 'lab-10']);
  });

  it('sorts what is worst first, and equal ones by name whichever way it goes', () => {
    expect(names(sortServers(FLEET, 'state', false))).toEqual(['lab-2', 'Alpha', 'lab-10']);
    expect(names(sortServers(FLEET, 'state', true))).toEqual(['Alpha', 'lab-10', 'lab-2']);
  });

  it('sorts by what is free', () => {
    expect(names(sortServers(FLEET, 'cpus', true))).toEqual(['lab-2', 'Alpha', 'lab-10']);
  });

  it('leaves the list that it was given alone', () => {
    const before = [...FLEET];
    sortServers(FLEET, 'name', true);
    expect(FLEET).toEqual(before);
  });
});

describe('the address of a view', () => {
  it.each(['', 'q=lab&state=Offline,Degraded&tag=gpu,team%3Dvision&place=Basel&cpus=2&memory=1.5&gpus=1&sort=-cpus'])(
    'says the same again: %s',
    (text) => {
      const entries = Object.entries(writeQuery(query(text))).filter(([, value]) => value !== null);
      const written = new URLSearchParams(entries.map(([name, value]) => [name, String(value)]));
      written.sort();
      const wanted = new URLSearchParams(text);
      wanted.sort();
      expect(written.toString()).toBe(wanted.toString());
    },
  );

  it('leaves out what makes no sense', () => {
    expect(query('sort=__proto__&cpus=-3&gpus=many&state=,,')).toEqual(EVERYTHING);
  });

  it('knows when it shows everything', () => {
    expect(isFiltered(query('sort=-cpus'))).toBe(false);
    expect(isFiltered(query('gpus=1'))).toBe(true);
  });
});

describe('what a fleet has', () => {
  it('lists tags and places once', () => {
    expect(tagsOf(FLEET)).toEqual(['gpu', 'team=vision']);
    expect(locationsOf(FLEET)).toEqual(['Basel', 'Zürich']);
  });

  it('knows the oldest picture, and none when nothing was seen', () => {
    const later = server('y', { observedAt: '2026-11-23T10:00:00.000Z' });
    expect(oldestPicture([later, ...FLEET])).toBe('2026-11-23T09:00:00.000Z');
    expect(oldestPicture([server('z')])).toBeNull();
  });

  it('is cut into rows', () => {
    expect(inRows([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(inRows([], 3)).toEqual([]);
  });
});
