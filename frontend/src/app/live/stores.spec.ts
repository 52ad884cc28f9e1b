import { describe, expect, it, vi } from 'vitest';
import type { ServerDto } from '../api/models/server-dto';
import { backoffMs } from './backoff';
import { freshnessOf } from './freshness';
import { Pace } from './pace';
import { applyChanges } from './server-changes';
import { ServersStore } from './servers-store';

const server = (id: string, message = ''): ServerDto => ({ id, name: id, message, observedAt: null }) as ServerDto;
const messages = (servers: Iterable<ServerDto>): string[] => [...servers].map(({ id, message }) => id + message);

describe('applyChanges', () => {
  it('puts, replaces and removes in order', () => {
    const after = applyChanges(new Map(), [
      { kind: 'loaded', servers: [server('a'), server('b')] },
      { kind: 'server', server: server('a', '2') },
      { kind: 'removed', id: 'b' },
      { kind: 'server', server: server('c') },
    ]);
    expect(messages(after.values())).toEqual(['a2', 'c']);
  });

  it('keeps what did not change as the same object', () => {
    const kept = server('a');
    const after = applyChanges(new Map([['a', kept]]), [{ kind: 'server', server: server('b') }]);
    expect(after.get('a')).toBe(kept);
  });

  it('moves the age of the servers that were seen again, and of no others', () => {
    const before = new Map([
      ['a', server('a')],
      ['b', server('b')],
    ]);
    const after = applyChanges(before, [{ kind: 'ages', observedAt: { a: '2026-11-23T09:30:00.000Z', gone: 'x' } }]);
    expect([...after.values()].map(({ observedAt }) => observedAt)).toEqual(['2026-11-23T09:30:00.000Z', null]);
    expect(before.get('a')?.observedAt).toBeNull();
  });
});

describe('ServersStore', () => {
  it('keeps an event that overtook the list', () => {
    const store = new ServersStore();
    store.beginLoad();
    store.put(server('a', ' newer'));
    store.remove('b');
    store.load([server('a', ' older'), server('b'), server('c')]);
    expect(messages(store.all())).toEqual(['a newer', 'c']);
  });

  it('lets the list win over events from before it was asked for, also a moment later', () => {
    vi.useFakeTimers();
    const store = new ServersStore();
    store.put(server('a', ' old'));
    store.beginLoad();
    store.load([server('a', ' new')]);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(messages(store.all())).toEqual(['a new']);
  });

  it('shows a change at once, and what follows soon after together', () => {
    vi.useFakeTimers();
    const store = new ServersStore();
    store.load([]);
    store.put(server('a', ' 1'));
    expect(messages(store.all())).toEqual(['a 1']);
    const shown = store.all();
    for (let count = 2; count <= 500; count += 1) store.put(server('a', ` ${count}`));
    expect(store.all()).toBe(shown);
    vi.runAllTimers();
    vi.useRealTimers();
    expect(messages(store.all())).toEqual(['a 500']);
  });

  it('does not take an empty store for an empty fleet', () => {
    const store = new ServersStore();
    expect(store.isLoaded()).toBe(false);
    store.load([]);
    expect(store.isLoaded()).toBe(true);
    store.forget();
    expect(store.isLoaded()).toBe(false);
  });
});

describe('Pace', () => {
  it('runs at once, then once for all that was asked meanwhile', () => {
    const timers: (() => void)[] = [];
    let runs = 0;
    const pace = new Pace(
      () => (runs += 1),
      1_000,
      (_ms, run) => {
        timers.push(run);
        return () => {};
      },
    );
    pace.ask();
    expect(runs).toBe(1);
    pace.ask();
    pace.ask();
    expect(runs).toBe(1);
    timers.shift()?.();
    expect(runs).toBe(2);
    timers.shift()?.();
    expect(runs).toBe(2);
    pace.ask();
    expect(runs).toBe(3);
  });
});

describe('backoffMs', () => {
  it('doubles up to 30 s and spreads by half', () => {
    expect([1, 2, 3, 6, 100].map((attempt) => backoffMs(attempt, 1))).toEqual([1_000, 2_000, 4_000, 30_000, 30_000]);
    expect(backoffMs(2, 0)).toBe(1_000);
  });
});

describe('freshnessOf', () => {
  it('is live while the stream says something', () => {
    expect(freshnessOf({ kind: 'live' }, 100_000, 115_000)).toEqual({ kind: 'live' });
  });

  it('tells the age of the last news when an open stream is quiet for too long', () => {
    expect(freshnessOf({ kind: 'live' }, 100_000, 125_000)).toEqual({ kind: 'stale', ageSeconds: 25 });
  });

  it('tells when it tries again', () => {
    expect(freshnessOf({ kind: 'waiting', attempt: 3, retryAt: 130_000 }, 100_000, 127_500)).toEqual({
      kind: 'reconnecting',
      attempt: 3,
      ageSeconds: 28,
      retryInSeconds: 3,
    });
  });

  it('does not claim an age when nothing was ever heard', () => {
    expect(freshnessOf({ kind: 'connecting', attempt: 0 }, 0, 5)).toEqual({ kind: 'starting' });
    expect(freshnessOf({ kind: 'waiting', attempt: 1, retryAt: 5 }, 0, 5)).toMatchObject({ ageSeconds: null });
  });
});
