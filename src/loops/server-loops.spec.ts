import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { Subject } from 'rxjs';
import { FakeClock } from '../../test/support/fake-clock.js';
import { sandboxServer } from '../../test/support/server-record.js';
import { BerthError, ClusterError } from '../domain/errors.js';
import type { ServerRecord } from '../domain/server.js';
import { backoffMs, jitteredMs, pauseMs } from './loop-policy.js';
import { recordChanges } from './record-changes.js';
import type { LoopServer } from './server-loop.js';
import { isPastDeadline, type LoopPlan, ServerLoops } from './server-loops.js';

interface Run {
  readonly serverId: string;
  readonly signal: AbortSignal;
  readonly end: (error?: unknown) => void;
}

/** Loops whose runs end when the test says so. */
class Rig {
  readonly clock = new FakeClock();
  readonly servers = new Map<string, LoopServer>();
  readonly active: Run[] = [];
  readonly begun: string[] = [];
  readonly ended: string[] = [];
  readonly loops: ServerLoops;
  overlaps = 0;
  mostActive = 0;

  constructor(some: Partial<LoopPlan> = {}) {
    const plan: LoopPlan = {
      name: 'rig',
      deadlineMs: 10_000,
      parallel: 2,
      backoff: { baseMs: 1_000, capMs: 60_000 },
      spacingMs: 0,
      servers: () => this.servers.values(),
      run: (serverId, signal) => this.#run(serverId, signal),
      ended: (serverId) => void this.ended.push(serverId),
      ...some,
    };
    this.loops = new ServerLoops(plan, this.clock, () => 0.5);
  }

  add(...ids: string[]): void {
    for (const id of ids) this.servers.set(id, { id, key: '1', intervalMs: 30_000, isSuspect: false });
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    this.loops.tick();
    await settled();
  }

  async end(serverId: string, error?: unknown): Promise<void> {
    this.active.find((run) => run.serverId === serverId)?.end(error);
    await settled();
  }

  activeIds(): string[] {
    return this.active.map((run) => run.serverId);
  }

  loop(serverId: string) {
    return this.loops.status().loops.find((loop) => loop.serverId === serverId);
  }

  #run(serverId: string, signal: AbortSignal): Promise<void> {
    if (this.activeIds().includes(serverId)) this.overlaps += 1;
    this.begun.push(serverId);
    return new Promise((resolve, reject) => {
      const end = (error?: unknown): void => {
        this.active.splice(this.active.indexOf(run), 1);
        if (error === undefined) resolve();
        else reject(error);
      };
      const run: Run = { serverId, signal, end };
      this.active.push(run);
      this.mostActive = Math.max(this.mostActive, this.active.length);
    });
  }
}

const refusal = (): ClusterError => new ClusterError('CONNECTION_REFUSED', 'no', 'refused');

describe('loop policy', () => {
  it('keeps the jitter within a tenth of the interval', () => {
    expect([0, 0.5, 0.999_999].map((random) => jitteredMs(30_000, random))).toEqual([27_000, 30_000, 33_000]);
  });

  it('doubles the bound of the backoff up to its cap, with full jitter below it', () => {
    const backoff = { baseMs: 1_000, capMs: 60_000 };
    expect([1, 2, 3, 6, 7, 5_000].map((failures) => backoffMs(failures, backoff, 1))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
    expect(backoffMs(4, backoff, 0)).toBe(0);
  });

  it('waits the interval after a failure when there is no backoff', () => {
    expect(pauseMs({ intervalMs: 30_000, failuresInARow: 9, backoff: null }, 0.5)).toBe(30_000);
  });
});

describe('ServerLoops', () => {
  it('runs each server once, then again after its interval', async () => {
    const rig = new Rig();
    rig.add('a', 'b');
    rig.loops.start();
    await settled();
    expect(rig.begun).toEqual(['a', 'b']);
    await rig.end('a');
    await rig.end('b');
    await rig.pass(29_999);
    expect(rig.begun).toHaveLength(2);
    await rig.pass(1);
    expect(rig.begun).toEqual(['a', 'b', 'a', 'b']);
  });

  it('does not start a server again while its run goes on, however late it is', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    for (let minute = 0; minute < 5; minute += 1) await rig.pass(60_000);
    expect(rig.begun).toEqual(['a']);
  });

  it('does not catch up on what was missed while the process stood still', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    await rig.end('a');
    await rig.pass(600_000);
    await rig.end('a');
    await rig.pass(1_000);
    expect(rig.begun).toEqual(['a', 'a']);
  });

  it('keeps two hung servers from delaying a healthy one once they have failed', async () => {
    const rig = new Rig({ parallel: 2 });
    rig.add('dead-1', 'dead-2', 'dead-3', 'well');
    rig.loops.start();
    await settled();
    for (const id of ['dead-1', 'dead-2', 'dead-3']) await rig.end(id, refusal());
    await rig.end('well');
    await rig.pass(60_000);
    expect(rig.activeIds().sort()).toEqual(['dead-1', 'dead-2', 'well']);
    await rig.end('well');
    await rig.pass(60_000);
    expect(rig.activeIds()).toContain('well');
  });

  it('puts a server that is known to be in trouble into the lane of the failing from the start', async () => {
    const rig = new Rig({ parallel: 1 });
    rig.servers.set('dead', { id: 'dead', key: '1', intervalMs: 30_000, isSuspect: true });
    rig.add('well');
    rig.loops.start();
    await settled();
    expect(rig.activeIds().sort()).toEqual(['dead', 'well']);
  });

  it('waits with backoff after a failure and tells its code', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    await rig.end('a', refusal());
    expect(rig.loop('a')).toMatchObject({ lastResult: 'CONNECTION_REFUSED', failuresInARow: 1 });
    await rig.pass(499);
    expect(rig.begun).toHaveLength(1);
    await rig.pass(1);
    await rig.end('a', new TypeError('a mistake'));
    expect(rig.loop('a')).toMatchObject({ lastResult: 'INTERNAL', failuresInARow: 2 });
    await rig.pass(1_000);
    await rig.end('a');
    expect(rig.loop('a')).toMatchObject({ lastResult: 'ok', failuresInARow: 0 });
  });

  it('keeps the spacing whatever the backoff and the wishes say', async () => {
    const rig = new Rig({ spacingMs: 5_000 });
    rig.add('a');
    rig.loops.start();
    await settled();
    await rig.end('a', refusal());
    rig.loops.wake('a');
    await rig.pass(4_999);
    expect(rig.begun).toHaveLength(1);
    await rig.pass(1);
    expect(rig.begun).toHaveLength(2);
  });

  it('runs sooner when it is woken, and not later', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    rig.loops.wake('a', 2_000);
    rig.loops.wake('a', 20_000);
    await rig.end('a');
    await rig.pass(2_000);
    expect(rig.begun).toHaveLength(2);
  });

  it('lets a server that is believed to be well leave the queue of the failing', async () => {
    const rig = new Rig({ parallel: 1 });
    rig.add('stuck', 'back');
    rig.loops.start();
    await settled();
    await rig.end('stuck', refusal());
    await rig.end('back', refusal());
    await rig.pass(1_000);
    expect(rig.activeIds()).toEqual(['stuck']);
    rig.loops.wake('back', 0, true);
    await settled();
    expect(rig.activeIds()).toEqual(['stuck', 'back']);
    expect(rig.begun.filter((id) => id === 'back')).toHaveLength(2);
  });

  it('aborts a run at its deadline, counts it as failed, and says when it hangs on', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    const [run] = rig.active;
    await rig.pass(10_001);
    expect(run?.signal.aborted && isPastDeadline(run.signal)).toBe(true);
    expect(rig.loops.stuck()).toBeNull();
    await rig.pass(31_000);
    expect(rig.loops.stuck()).toBe('rig: the run of server a hangs since 41 s');
    await rig.end('a', run?.signal.reason);
    expect(rig.loop('a')).toMatchObject({ lastResult: 'CONNECTION_TIMEOUT', failuresInARow: 1 });
    expect(rig.loops.stuck()).toBeNull();
  });

  it('says when its timer no longer fires', async () => {
    const rig = new Rig();
    rig.loops.start();
    rig.clock.advance(31_000);
    expect(rig.loops.stuck()).toBe('rig: its timer has not fired for 31 s');
    rig.loops.stop();
    expect(rig.loops.stuck()).toBeNull();
  });

  it('ends the loop of a server that left, and begins that of a new one at the next tick', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    const [run] = rig.active;
    rig.servers.clear();
    rig.add('b');
    await rig.pass(0);
    expect(run?.signal.aborted).toBe(true);
    expect(rig.ended).toEqual(['a']);
    expect(rig.activeIds()).toEqual(['a', 'b']);
    expect(rig.loops.status().loops.map((loop) => loop.serverId)).toEqual(['b']);
  });

  it('starts afresh under a new key, but only when the old run is over', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    rig.servers.set('a', { id: 'a', key: '2', intervalMs: 30_000, isSuspect: false });
    await rig.pass(0);
    expect(rig.begun).toEqual(['a']);
    await rig.end('a', refusal());
    expect(rig.loop('a')).toMatchObject({ lastResult: 'CLOSED', failuresInARow: 0 });
    await rig.pass(0);
    expect(rig.begun).toEqual(['a', 'a']);
    expect(rig.ended).toEqual(['a']);
  });

  it('starts nothing while it is stopped, except when it is asked to', async () => {
    const rig = new Rig();
    rig.add('a');
    await rig.pass(60_000);
    expect(rig.begun).toEqual([]);
    expect(rig.loop('a')?.nextRunAt).toBeNull();
    const asked = rig.loops.runNow('a');
    await settled();
    await rig.end('a', refusal());
    await expect(asked).resolves.toBeUndefined();
    expect(rig.loop('a')?.lastResult).toBe('CONNECTION_REFUSED');
  });

  it('joins a run under way when it is asked to run now', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.loops.start();
    await settled();
    let isOver = false;
    const asked = rig.loops.runNow('a').then(() => (isOver = true));
    await settled();
    expect([isOver, rig.begun.length]).toEqual([false, 1]);
    await rig.end('a');
    await asked;
    expect(rig.begun).toEqual(['a']);
  });

  it('drains: calls off what runs or waits, returns when all is over, and runs nothing more', async () => {
    const rig = new Rig({ parallel: 1 });
    rig.add('a', 'b');
    rig.loops.start();
    await settled();
    let isOver = false;
    const drained = rig.loops.drain().then(() => (isOver = true));
    await settled();
    expect([isOver, rig.active[0]?.signal.aborted]).toEqual([false, true]);
    await rig.end('a', refusal());
    await drained;
    await rig.pass(600_000);
    expect(rig.begun).toEqual(['a']);
    expect(() => rig.loops.start()).toThrow(BerthError);
    await expect(rig.loops.runNow()).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('tells times of the wall clock', async () => {
    const rig = new Rig();
    rig.add('a');
    rig.clock.advance(5_000);
    rig.loops.start();
    await settled();
    rig.clock.advance(42);
    await rig.end('a');
    expect(rig.loop('a')).toEqual({
      serverId: 'a',
      isRunning: false,
      lastStartedAt: '2026-11-23T09:00:05.000Z',
      lastDurationMs: 42,
      lastResult: 'ok',
      failuresInARow: 0,
      nextRunAt: '2026-11-23T09:00:35.042Z',
    });
  });

  it('never overlaps a server with itself, stays within its lanes, and goes on afterwards, whatever happens', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    const id = fc.constantFrom(...ids);
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 100, 5_000, 40_000) }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'fail' as const), id }) },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('wake' as const, 'trust' as const, 'run' as const), id }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'add' as const, 'edit' as const), id }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('stop' as const, 'start' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const rig = new Rig({ parallel: 2 });
        rig.add(...ids);
        rig.loops.start();
        let key = 1;
        for (const each of steps) {
          if (each.do === 'pass') rig.clock.advance(each.ms);
          else if (each.do === 'end') await rig.end(each.id);
          else if (each.do === 'fail') await rig.end(each.id, refusal());
          else if (each.do === 'wake') rig.loops.wake(each.id, 10);
          else if (each.do === 'trust') rig.loops.wake(each.id, 0, true);
          else if (each.do === 'run') void rig.loops.runNow(each.id);
          else if (each.do === 'drop') rig.servers.delete(each.id);
          else if (each.do === 'add') rig.add(each.id);
          else if (each.do === 'edit')
            rig.servers.set(each.id, { id: each.id, key: `${++key}`, intervalMs: 1_000, isSuspect: false });
          else if (each.do === 'stop') rig.loops.stop();
          else rig.loops.start();
          rig.loops.tick();
          await settled();
        }
        expect(rig.overlaps).toBe(0);
        expect(rig.mostActive).toBeLessThanOrEqual(4);
        rig.add(...ids);
        rig.loops.start();
        rig.begun.length = 0;
        for (let round = 0; round < 20; round += 1) {
          for (const run of rig.active.slice()) run.end();
          await settled();
          await rig.pass(40_000);
        }
        expect(new Set(rig.begun)).toEqual(new Set(ids));
        expect(rig.overlaps).toBe(0);
      }),
      { numRuns: 150 },
    );
  });
});

describe('recordChanges', () => {
  it('tells once of many edited records, and nothing of facts', async () => {
    const changes$ = new Subject<{ serverIds: readonly string[] }>();
    const records = new Map<string, ServerRecord>([['a', sandboxServer('a')]]);
    const told: string[] = [];
    recordChanges(changes$, (id) => records.get(id)).subscribe((id) => told.push(id));
    changes$.next({ serverIds: ['a'] });
    changes$.next({ serverIds: ['a'] });
    expect(told).toEqual([]);
    await settled();
    changes$.next({ serverIds: ['a'] });
    await settled();
    expect(told).toEqual(['a']);
    records.set('a', sandboxServer('a', { isPaused: true }));
    records.set('b', sandboxServer('b'));
    changes$.next({ serverIds: ['a', 'b'] });
    await settled();
    records.delete('b');
    changes$.next({ serverIds: ['b'] });
    await settled();
    expect(told).toEqual(['a', 'b', 'b']);
  });
});
