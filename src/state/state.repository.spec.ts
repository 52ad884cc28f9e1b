import { castDraft } from 'immer';
import { BerthError } from '../domain/errors.js';
import { checkInvariants } from '../domain/invariants.js';
import { type DurableState, EMPTY_STATE, type MasterState } from '../domain/master-state.js';
import { anEntry, anObservation, aPod } from '../../test/support/state-fixtures.js';
import { DurableWriteError } from './durable-write.js';
import type { StateParts } from './state-parts.js';
import { type StateChange, StateRepository } from './state.repository.js';

const change = { actor: 'test', reason: 'test' };
const once = (key: string, fingerprint = 'same') => ({ ...change, once: { key, fingerprint } });
const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof BerthError ? error.code : error),
  );
const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  let isSettled = false;
  const mark = (): void => void (isSettled = true);
  promise.then(mark, mark);
  // Lets everything that is not waiting for the disk run.
  await new Promise((resolve) => setImmediate(resolve));
  return isSettled;
};

/** A disk whose every write waits until the test lets it through or makes it fail. */
class HeldDisk {
  readonly written: DurableState[] = [];
  readonly #held: { readonly state: DurableState; readonly done: PromiseWithResolvers<void> }[] = [];
  readonly #arrivals: (() => void)[] = [];

  readonly write = (state: DurableState): Promise<void> => {
    const done = Promise.withResolvers<void>();
    this.#held.push({ state, done });
    this.#arrivals.shift()?.();
    return done.promise;
  };

  async arrival(): Promise<void> {
    if (this.#held.length === 0) await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  async pass(): Promise<void> {
    await this.arrival();
    const { state, done } = this.#held.shift()!;
    this.written.push(state);
    done.resolve();
  }

  async fail(code: string): Promise<void> {
    await this.arrival();
    const cause = Object.assign(new Error(code), { code });
    this.#held.shift()!.done.reject(new DurableWriteError('write', 'master.json', cause));
  }
}

const start = (parts: Partial<StateParts> = {}) => {
  const disk = new HeldDisk();
  const state = { ...EMPTY_STATE, servers: { a: anEntry('a', 1), b: anEntry('b') } };
  const repository = new StateRepository({ state, write: disk.write, ...parts });
  const changes: StateChange[] = [];
  repository.changes$.subscribe((each) => changes.push(each));
  return { disk, repository, changes };
};

const rename = (repository: StateRepository, id: string, name: string) =>
  repository.update(change, (draft) => {
    draft.servers[id]!.server.name = name;
    return name;
  });

describe('an update', () => {
  it('is invisible until it is durable, then visible before its caller goes on', async () => {
    const { disk, repository, changes } = start();
    const before = repository.read();
    const update = rename(repository, 'a', 'new').then(() => repository.read().servers['a']?.server.name);
    await disk.arrival();
    expect(await settled(update)).toBe(false);
    expect(repository.read()).toBe(before);
    expect(changes).toEqual([]);
    await disk.pass();
    expect(await update).toBe('new');
    expect(changes).toEqual([{ seq: 1, rev: 1, serverIds: ['a'] }]);
    expect(disk.written[0]).toBe(repository.read());
    expect(checkInvariants(repository.read())).toEqual([]);
  });

  it('sees the changes that wait before it, and all of them share the next write', async () => {
    const { disk, repository, changes } = start();
    const first = rename(repository, 'a', '0');
    await disk.arrival();
    const seen: string[] = [];
    const later = Array.from({ length: 100 }, (_, index) =>
      repository.update(change, (draft) => {
        const { server } = draft.servers['a']!;
        seen.push(server.name);
        server.name = String(index + 1);
      }),
    );
    await disk.pass();
    await first;
    expect(repository.read().rev).toBe(1);
    await disk.pass();
    await Promise.all(later);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
    expect(disk.written).toHaveLength(2);
    expect(repository.read().rev).toBe(101);
    expect(changes.map(({ seq, rev }) => [seq, rev])).toEqual([
      [1, 1],
      [2, 101],
    ]);
  });

  it('never writes two documents at the same time', async () => {
    let running = 0;
    let most = 0;
    const write = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const { repository } = start({ write });
    const updates: Promise<unknown>[] = [];
    for (let index = 0; index < 50; index += 1) {
      updates.push(rename(repository, 'a', String(index)));
      if (index % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(updates);
    expect(most).toBe(1);
  });

  it('changes nothing when its function throws, and passes the error on', async () => {
    const { repository } = start();
    const before = repository.read();
    const failing = repository.update(change, (draft) => {
      draft.servers['a']!.server.name = 'half';
      throw new RangeError('no');
    });
    await expect(failing).rejects.toThrow(new RangeError('no'));
    expect(repository.read()).toBe(before);
    const looked = repository.update(change, (draft) => draft.servers['a']!.server.name);
    expect(await looked).toBe('name of a');
  });

  it('refuses a function that returns a promise, whatever that promise does later', async () => {
    const { repository } = start({ write: async () => {} });
    const before = repository.read();
    const late = repository.update(change, async (draft) => {
      await Promise.resolve();
      draft.servers['a']!.server.name = 'late';
    });
    await expect(late).rejects.toThrow('must be synchronous');
    const early = repository.update(change, async (draft) => {
      draft.servers['a']!.server.name = 'early';
      return Promise.resolve();
    });
    await expect(early).rejects.toThrow('must be synchronous');
    expect(repository.read()).toBe(before);
  });

  it('refuses an update inside the function of another one', async () => {
    const { disk, repository } = start();
    const inner: Promise<unknown>[] = [];
    const outer = repository.update(change, (draft) => {
      inner.push(codeOf(rename(repository, 'b', 'inner')));
      draft.servers['a']!.server.name = 'outer';
    });
    await disk.pass();
    await outer;
    expect(await inner[0]).toBeInstanceOf(TypeError);
    expect(repository.read().servers['b']?.server.name).toBe('name of b');
  });

  it('hands out results that hold parts of the draft, finished and frozen', async () => {
    const { disk, repository } = start();
    const update = repository.update(change, (draft) => {
      draft.servers['a']!.server.name = 'new';
      return { entry: draft.servers['a']!, list: [draft.servers['b']!.server] };
    });
    await disk.pass();
    const { entry, list } = await update;
    expect(entry).toBe(repository.read().servers['a']);
    expect(list[0]).toBe(repository.read().servers['b']?.server);
    expect(Object.isFrozen(list)).toBe(true);
  });

  it('that changes nothing needs no write, but waits until what it read is durable', async () => {
    const { disk, repository } = start();
    expect(await repository.update(change, (draft) => draft.servers['a']!.server.name)).toBe('name of a');
    const writing = rename(repository, 'a', 'new');
    const reading = repository.update(change, (draft) => draft.servers['a']!.server.name);
    await disk.arrival();
    expect(await settled(reading)).toBe(false);
    await disk.pass();
    expect(await reading).toBe('new');
    await writing;
    expect(disk.written).toHaveLength(1);
  });

  it('is refused when it would write what could not be read back', async () => {
    const { repository } = start();
    const before = repository.read();
    const attempts = [
      repository.update(change, (draft) => void (draft.servers['x'] = castDraft(anEntry('y')))),
      repository.update(change, (draft) => void (draft.servers['a']!.pods['p'] = castDraft(aPod('p', 'b')))),
      repository.update(change, (draft) => {
        draft.servers['a']!.pods['a-pod-0']!.reservation.amounts.cpuMilli = 0.5;
      }),
      repository.update(change, (draft) => {
        draft.servers['a']!.pods['a-pod-0']!.reservation.amounts.memoryBytes = Number.NaN;
      }),
      repository.update(change, (draft) => {
        draft.servers['a']!.pods['a-pod-0']!.reservation.createDeadlineAt = 'tomorrow';
      }),
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow('is not');
    expect(repository.read()).toBe(before);
  });

  it('leaves a snapshot that nobody can change', async () => {
    const { disk, repository } = start();
    const update = repository.update(change, (draft) => void (draft.servers['c'] = castDraft(anEntry('c', 1))));
    await disk.pass();
    await update;
    const pod = repository.read().servers['c']!.pods['c-pod-0']!;
    expect(() => Object.assign(pod.reservation.amounts, { cpuMilli: 0 })).toThrow(TypeError);
    expect(() => Object.assign(repository.read().servers, { d: anEntry('d') })).toThrow(TypeError);
  });

  it('is refused when too many wait for the disk', async () => {
    const { disk, repository } = start({ queueLimit: 3 });
    const waiting = ['1', '2', '3'].map((name) => rename(repository, 'a', name));
    expect(await codeOf(rename(repository, 'a', '4'))).toBe('STATE_BUSY');
    await disk.pass();
    await Promise.all(waiting);
    const next = rename(repository, 'a', '5');
    await disk.pass();
    expect(await next).toBe('5');
  });
});

describe('an update with an idempotency key', () => {
  it('runs once, and every replay gets the first result, also while the first is in flight', async () => {
    const { disk, repository } = start();
    let runs = 0;
    const send = () =>
      repository.update(once('k'), (draft) => {
        draft.servers['a']!.server.connectionRevision += 1;
        runs += 1;
        return { run: runs, left: undefined };
      });
    const first = send();
    const second = send();
    await disk.arrival();
    expect(await settled(second)).toBe(false);
    await disk.pass();
    expect([await first, await second, await send()]).toEqual([{ run: 1 }, { run: 1 }, { run: 1 }]);
    expect(repository.read().servers['a']!.server.connectionRevision).toBe(2);
    const kept = disk.written[0]!.idempotency;
    expect(Object.values(kept).flatMap((bucket) => Object.keys(bucket))).toEqual(['k']);
  });

  it('refuses the key of another request', async () => {
    const { disk, repository } = start();
    const first = repository.update(once('k', 'one'), () => 1);
    expect(await codeOf(repository.update(once('k', 'two'), () => 2))).toBe('IDEMPOTENCY_KEY_REUSED');
    await disk.pass();
    expect(await first).toBe(1);
  });

  it('keeps no outcome of a function that threw', async () => {
    const { disk, repository } = start();
    const failing = repository.update(once('k'), () => {
      throw new Error('not now');
    });
    await expect(failing).rejects.toThrow('not now');
    const retry = repository.update(once('k'), () => 'done');
    await disk.pass();
    expect(await retry).toBe('done');
  });

  it('forgets the key together with a change that the disk refused', async () => {
    const { disk, repository } = start();
    const first = repository.update(once('k'), () => 'first');
    const replay = repository.update(once('k'), () => 'never');
    await disk.fail('ENOSPC');
    expect(await codeOf(first)).toBe('STATE_UNWRITABLE');
    expect(await codeOf(replay)).toBe('STATE_UNWRITABLE');
    const recovery = repository.recover();
    await disk.pass();
    await recovery;
    const retry = repository.update(once('k'), () => 'second');
    await disk.pass();
    expect(await retry).toBe('second');
  });

  it('keeps outcomes for a day and drops them by the hour after that', async () => {
    let now = new Date('2026-11-23T09:59:00Z');
    const { repository } = start({ write: async () => {}, now: () => now });
    await repository.update(once('old'), () => 1);
    now = new Date('2026-11-24T09:30:00Z');
    await repository.update(once('young'), () => 2);
    expect(Object.keys(repository.read().idempotency)).toEqual(['2026-11-23T09', '2026-11-24T09']);
    now = new Date('2026-11-24T10:00:00Z');
    await repository.update(once('new'), () => 3);
    expect(Object.keys(repository.read().idempotency)).toEqual(['2026-11-24T09', '2026-11-24T10']);
  });

  it('takes keys that are names of things in JavaScript for what they are', async () => {
    const { repository } = start({ write: async () => {} });
    for (const key of ['constructor', 'toString', 'hasOwnProperty', '1']) {
      expect(await repository.update(once(key), () => `first ${key}`)).toBe(`first ${key}`);
      expect(await repository.update(once(key), () => 'again')).toBe(`first ${key}`);
    }
    expect(await codeOf(repository.update(once('__proto__'), () => 1))).toBe('INVALID_REQUEST');
  });
});

describe('a disk that refuses', () => {
  it('fails the batch and all that wait behind it, and leaves memory as it was', async () => {
    const { disk, repository, changes } = start();
    const before = repository.read();
    const first = codeOf(rename(repository, 'a', '1'));
    await disk.arrival();
    const waiting = [codeOf(rename(repository, 'a', '2')), codeOf(repository.update(change, () => 'looked'))];
    await disk.fail('EIO');
    expect(await Promise.all([first, ...waiting])).toEqual(Array(3).fill('STATE_UNWRITABLE'));
    expect(repository.read()).toBe(before);
    expect(changes).toEqual([]);
    expect(repository.health()).toMatchObject({ isWritable: false, isPermanent: true, rev: 0 });
    expect(repository.health().lastError).toContain('EIO');
    expect(await codeOf(rename(repository, 'a', '3'))).toBe('STATE_UNWRITABLE');
  });

  it('is never tried again after a failure that leaves its content unknown', async () => {
    const { disk, repository } = start();
    const update = codeOf(rename(repository, 'a', '1'));
    await disk.fail('EIO');
    await update;
    await repository.recover();
    expect(repository.health().isWritable).toBe(false);
    expect(disk.written).toEqual([]);
  });

  it('takes changes again once there is room, starting from the durable state', async () => {
    const { disk, repository } = start();
    const update = codeOf(rename(repository, 'a', 'lost'));
    await disk.fail('ENOSPC');
    expect(await update).toBe('STATE_UNWRITABLE');
    const stillFull = repository.recover();
    await disk.fail('ENOSPC');
    await stillFull;
    expect(repository.health().isWritable).toBe(false);
    const recovery = repository.recover();
    await disk.pass();
    await recovery;
    expect(repository.health()).toMatchObject({ isWritable: true, lastError: null });
    expect(disk.written[0]!.servers['a']!.server.name).toBe('name of a');
    const next = rename(repository, 'a', 'kept');
    await disk.pass();
    expect(await next).toBe('kept');
    expect(repository.read().rev).toBe(1);
  });

  it('answers a replay of what is durable, for that needs no disk', async () => {
    const { disk, repository } = start();
    const first = repository.update(once('k'), () => 'first');
    await disk.pass();
    await first;
    const failing = codeOf(rename(repository, 'a', '1'));
    await disk.fail('ENOSPC');
    await failing;
    expect(await repository.update(once('k'), () => 'again')).toBe('first');
  });
});

describe('facts', () => {
  it('are visible at once, and go into a file of their own, once', async () => {
    const kept: MasterState['observed'][] = [];
    const writeFacts = async (observed: MasterState['observed']): Promise<void> => void kept.push(observed);
    const { disk, repository, changes } = start({ writeFacts });
    repository.observe('a', (previous) => {
      expect(previous).toBeNull();
      return anObservation(2);
    });
    expect(repository.read().observed['a']?.status.state).toBe('Online');
    expect(changes).toEqual([{ seq: 1, rev: 0, serverIds: ['a'] }]);
    await repository.saveFacts();
    await repository.saveFacts();
    expect(kept).toEqual([repository.read().observed]);
    expect(disk.written).toEqual([]);
  });

  it('that cannot be saved stop nothing, and are saved later', async () => {
    let isFull = true;
    let saves = 0;
    const writeFacts = async (): Promise<void> => {
      if (isFull) throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      saves += 1;
    };
    const { disk, repository } = start({ writeFacts });
    repository.observe('a', () => anObservation());
    await repository.saveFacts();
    expect(repository.health().isWritable).toBe(true);
    const update = rename(repository, 'a', 'new');
    await disk.pass();
    await update;
    isFull = false;
    await repository.saveFacts();
    expect(saves).toBe(1);
  });

  it('of an unknown server are ignored, and those of a removed server go with it', async () => {
    const { disk, repository } = start();
    repository.observe('nobody', () => anObservation());
    repository.observe('a', () => anObservation());
    const removal = repository.update(change, (draft, observed) => {
      expect(Object.keys(observed)).toEqual(['a']);
      delete draft.servers['a'];
    });
    repository.observe('a', () => anObservation(1));
    expect(Object.keys(repository.read().observed)).toEqual(['a']);
    await disk.pass();
    await removal;
    expect(repository.read().observed).toEqual({});
    expect(checkInvariants(repository.read())).toEqual([]);
  });

  it('of a server that is not durable yet become visible together with it', async () => {
    const { disk, repository, changes } = start();
    const adding = repository.update(change, (draft) => void (draft.servers['c'] = castDraft(anEntry('c'))));
    repository.observe('c', () => anObservation());
    expect(repository.read().observed).toEqual({});
    await disk.arrival();
    repository.observe('b', () => anObservation());
    await disk.pass();
    await adding;
    expect(Object.keys(repository.read().observed).sort()).toEqual(['b', 'c']);
    expect(changes.map(({ serverIds }) => serverIds)).toEqual([['b'], ['c']]);
  });

  it('survive a failed write in memory', async () => {
    const { disk, repository } = start();
    const update = codeOf(rename(repository, 'a', '1'));
    await disk.arrival();
    repository.observe('a', () => anObservation(1));
    await disk.fail('ENOSPC');
    await update;
    repository.observe('b', () => anObservation(1));
    expect(Object.keys(repository.read().observed)).toEqual(['a', 'b']);
    expect(repository.read().servers['a']!.server.name).toBe('name of a');
  });
});

describe('closing', () => {
  it('finishes what waits, writes the facts, frees the directory, and then refuses', async () => {
    const order: string[] = [];
    const { disk, repository } = start({
      release: async () => void order.push('released'),
      writeFacts: async (observed) => void order.push(`facts of ${Object.keys(observed).join()}`),
    });
    const update = rename(repository, 'a', 'last').then(() => order.push('updated'));
    await disk.arrival();
    repository.observe('a', () => anObservation());
    const closed = Promise.all([repository.close(), repository.close()]);
    expect(await codeOf(rename(repository, 'a', 'late'))).toBe('SHUTTING_DOWN');
    await disk.pass();
    await update;
    await closed;
    expect(order).toEqual(['updated', 'facts of a', 'released']);
  });
});

it('without parts it is an empty twin in memory', async () => {
  const twin = new StateRepository();
  await twin.update(change, (draft) => void (draft.servers['a'] = castDraft(anEntry('a'))));
  twin.observe('a', () => anObservation());
  expect(twin.read()).toMatchObject({ rev: 1, servers: { a: {} }, observed: { a: {} } });
  await twin.close();
});
