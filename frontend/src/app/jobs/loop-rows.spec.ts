import { describe, expect, it } from 'vitest';
import type { LoopStatusDto } from '../api/models/loop-status-dto';
import type { ServerDto } from '../api/models/server-dto';
import { durationWords, hasFailed, loopRows, nextWords } from './loop-rows';

const NOW = Date.parse('2026-11-23T09:30:00.000Z');
const loop = (serverId: string, more: Partial<LoopStatusDto> = {}): LoopStatusDto => ({
  serverId,
  isRunning: false,
  lastStartedAt: null,
  lastDurationMs: null,
  lastResult: 'ok',
  failuresInARow: 0,
  nextRunAt: null,
  ...more,
});
const servers = new Map(
  ['atlas', 'borea', 'ceres'].map((name) => [name, { name, message: `${name} is away`, refreshError: null }]),
) as unknown as ReadonlyMap<string, ServerDto>;

describe('loopRows', () => {
  const job = {
    name: 'health',
    isStarted: true,
    loops: [
      loop('ceres'),
      loop('atlas', { lastResult: 'CONNECTION_LOST', failuresInARow: 1 }),
      loop('borea', { lastResult: 'CONNECTION_TIMEOUT', failuresInARow: 4 }),
    ],
  };
  const names = (text: string) => loopRows('health', job, servers, text).map(({ name }) => name);

  it('shows the longest failing first, and says why', () => {
    expect(names('')).toEqual(['borea', 'atlas', 'ceres']);
    expect(loopRows('health', job, servers, '').map(({ why }) => why)).toEqual(['borea is away', 'atlas is away', '']);
  });

  it('finds by name and by result', () => {
    expect(names('CER')).toEqual(['ceres']);
    expect(names('timeout')).toEqual(['borea']);
  });

  it('shows a server that is not known yet by its id', () => {
    expect(loopRows('refresh', { ...job, loops: [loop('new')] }, servers, '')[0]?.name).toBe('new');
  });
});

describe('words about a loop', () => {
  it('count down to the next run', () => {
    const at = (seconds: number): string => new Date(NOW + seconds * 1_000).toISOString();
    expect(nextWords(loop('a', { nextRunAt: at(12) }), NOW)).toBe('in 12 s');
    expect(nextWords(loop('a', { nextRunAt: at(-3) }), NOW)).toBe('due');
    expect(nextWords(loop('a'), NOW)).toBe('not planned');
    expect(nextWords(loop('a', { isRunning: true, nextRunAt: at(5) }), NOW)).toBe('running now');
  });

  it('tell how long the last one took', () => {
    expect([null, 3, 1_234].map(durationWords)).toEqual(['', '3 ms', '1.2 s']);
  });

  it('do not take a run that was called off for a failure', () => {
    expect(hasFailed(loop('a', { lastResult: 'CLOSED' }))).toBe(false);
    expect(hasFailed(loop('a', { lastResult: null }))).toBe(false);
  });
});
