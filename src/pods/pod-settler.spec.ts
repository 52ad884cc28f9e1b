import { jest } from '@jest/globals';
import { first } from 'rxjs';
import { claim, podInfo } from '../../test/support/domain-fixtures.js';
import { CALL_MS, LATE_MS, launchOf, PodRig, USER } from '../../test/support/pod-rig.js';
import { initialObservation } from '../domain/observation.js';
import type { ServerRecord, ServerState } from '../domain/server.js';

const facts = (clusterUid: string) => ({
  kubernetesVersion: '',
  clusterUid,
  isTunnelled: false,
  isRbacOn: null,
  certificateExpiresAt: null,
  kubeconfigSource: '',
});
const status = (state: ServerState) => ({ status: initialObservation('2026-11-23T09:00:00.000Z', state).status });

const SMALL = claim({ cpuMilli: 100, memoryBytes: 1 });

let rig: PodRig;
beforeEach(async () => {
  jest.useFakeTimers({
    now: new Date('2026-11-23T09:00:00.000Z'),
    doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'],
  });
  rig = new PodRig();
  await rig.addServer('a');
});
afterEach(async () => {
  rig.cluster.answer();
  await rig.stop();
  expect(rig.problems).toEqual([]);
  jest.useRealTimers();
});

describe('a create', () => {
  it('is sent once and binds the pod', async () => {
    const id = await rig.launch();
    await rig.pass(5_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Bound', createAttempts: 1, createDeadlineAt: null, code: '' });
    expect([rig.cluster.count('createPod'), rig.cluster.made]).toEqual([1, 1]);
  });

  it('is sent only after the reservation is durable', async () => {
    const found: (string | undefined)[] = [];
    const send = rig.cluster.createPod.bind(rig.cluster);
    rig.cluster.createPod = (order, options) => {
      found.push(rig.state.read().servers['a']?.pods[order.reference.podId]?.reservation.state);
      return send(order, options);
    };
    await rig.launch();
    expect(found).toEqual(['Creating']);
  });

  it.each([300, 900, CALL_MS, CALL_MS + LATE_MS])(
    'that the disk held up for %i ms is sent only while its deadline leaves it all of its lateness',
    async (heldMs) => {
      let isHolding = false;
      const write = async (): Promise<void> => {
        if (isHolding) await new Promise<void>((resolve) => setTimeout(resolve, heldMs));
        isHolding = false;
      };
      rig = new PodRig(undefined, write);
      await rig.addServer('a');
      const leftMs: number[] = [];
      const send = rig.cluster.createPod.bind(rig.cluster);
      rig.cluster.createPod = (order, options) => {
        const deadline = Date.parse(rig.reservation(order.reference.podId).createDeadlineAt ?? '');
        leftMs.push(deadline - Date.now() - options.timeoutMs);
        return send(order, options);
      };
      rig.state.changes$.pipe(first()).subscribe(() => (isHolding = true));
      const id = await rig.launch();
      await rig.pass(heldMs + 2_000);
      expect(rig.reservation(id).state).toBe('Bound');
      expect(Math.min(...leftMs)).toBeGreaterThanOrEqual(LATE_MS);
    },
  );

  it.each([
    ['whose request was lost', { kind: 'lose-request', code: 'CONNECTION_LOST' }],
    ['whose answer was lost', { kind: 'lose-answer', code: 'CONNECTION_LOST' }],
    ['that was reset after it was accepted', { kind: 'lose-answer', code: 'CONNECTION_LOST' }],
    ['that timed out and takes effect late', { kind: 'late', code: 'CONNECTION_TIMEOUT' }],
    ['answered with 5xx after it was accepted', { kind: 'lose-answer', code: 'KUBERNETES_UNAVAILABLE' }],
    ['that failed in a way nobody foresaw', { kind: 'throw', error: new TypeError('a bug in the adapter') }],
  ] as const)('%s ends in one object, Bound, and is never released', async (_what, script) => {
    const states = new Set<string>();
    rig.cluster.script('createPod', script, script, script);
    const id = await rig.launch();
    rig.state.changes$.subscribe(() => states.add(rig.reservation(id).state));
    expect(rig.reservation(id).state).toBe('Creating');
    await rig.pass(1_000);
    rig.cluster.arrive();
    await rig.pass(30_000);
    rig.cluster.arrive();
    await rig.pass(1_000);
    expect(rig.reservation(id).state).toBe('Bound');
    expect([rig.cluster.made, rig.cluster.objects.size]).toEqual([1, 1]);
    expect([...states].filter((state) => state !== 'Creating' && state !== 'Bound')).toEqual([]);
  });

  it('says why while its outcome is unknown', async () => {
    rig.cluster.script('createPod', { kind: 'lose-request', code: 'CONNECTION_LOST' });
    const id = await rig.launch();
    expect(rig.reservation(id)).toMatchObject({ state: 'Creating', code: 'CONNECTION_LOST' });
  });

  it('that is refused the first time fails, says why, and gives the room back', async () => {
    rig.cluster.script('createPod', { kind: 'refuse', code: 'KUBERNETES_REFUSED' });
    const id = await rig.launch();
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'KUBERNETES_REFUSED' });
    await rig.pass(5_000);
    expect([rig.cluster.count('createPod'), rig.cluster.count('findPod')]).toEqual([1, 0]);
  });

  it('that is refused after an unclear attempt is looked up, and released only after the last deadline', async () => {
    rig.cluster.script(
      'createPod',
      { kind: 'lose-request', code: 'CONNECTION_LOST' },
      { kind: 'refuse', code: 'KUBERNETES_REFUSED' },
    );
    const id = await rig.launch();
    await rig.pass(1_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Releasing', code: 'KUBERNETES_REFUSED' });
    const deadline = Date.parse(rig.reservation(id).createDeadlineAt ?? '');
    while (Date.now() < deadline) {
      expect(rig.reservation(id).state).toBe('Releasing');
      await rig.pass(250);
    }
    await rig.pass(2_500);
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'KUBERNETES_REFUSED' });
    expect(rig.cluster.objects.size).toBe(0);
  });

  it('that is refused after an unclear attempt that did take effect is deleted again', async () => {
    rig.cluster.script(
      'createPod',
      { kind: 'lose-answer', code: 'CONNECTION_LOST' },
      { kind: 'refuse', code: 'KUBERNETES_REFUSED' },
    );
    const id = await rig.launch();
    await rig.pass(10_000);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });

  it('that could not be sent after an unclear attempt proves nothing, and is tried again', async () => {
    rig.cluster.script(
      'createPod',
      { kind: 'lose-answer', code: 'CONNECTION_LOST' },
      { kind: 'refuse', code: 'CONNECTION_REFUSED' },
    );
    const id = await rig.launch();
    await rig.pass(10_000);
    expect([rig.reservation(id).state, rig.cluster.made]).toEqual(['Bound', 1]);
  });

  it.each(['CLOSED', 'SHUTTING_DOWN'] as const)(
    'that Berth itself did not send (%s) is no failure of the launch, and is sent again',
    async (code) => {
      rig.cluster.script('createPod', { kind: 'refuse', code });
      const id = await rig.launch();
      expect(rig.reservation(id).state).toBe('Creating');
      await rig.pass(5_000);
      expect([rig.reservation(id).state, rig.cluster.made]).toEqual(['Bound', 1]);
    },
  );
});

describe('a cancel', () => {
  it('before anything was sent releases at once, and nothing is ever sent', async () => {
    await rig.settler.onApplicationShutdown();
    const id = await rig.launch();
    await rig.pods.cancel(id, USER);
    await rig.pass(5_000);
    rig = new PodRig({ cluster: rig.cluster, state: rig.state.read() });
    await rig.pass(5_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'CANCELLED', createAttempts: 0 });
    expect(rig.cluster.calls).toEqual([]);
  });

  it('while the create is in flight deletes what it made, and only then releases', async () => {
    rig.cluster.script('createPod', { kind: 'hold' });
    const id = await rig.launch();
    await rig.pods.cancel(id, USER);
    await rig.pass(1_000);
    expect(rig.reservation(id).state).toBe('Releasing');
    expect(rig.cluster.count('deletePod')).toBe(0);
    rig.cluster.isPrompt = false;
    rig.cluster.answer();
    await rig.pass(3_000);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Releasing', 1]);
    rig.cluster.isPrompt = true;
    await rig.pass(3_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'CANCELLED' });
    expect(rig.cluster.objects.size).toBe(0);
  });

  it('while a create that gets refused is in flight releases at once', async () => {
    rig.cluster.script('createPod', { kind: 'hold', next: { kind: 'refuse', code: 'KUBERNETES_REFUSED' } });
    const id = await rig.launch();
    await rig.pods.cancel(id, USER);
    rig.cluster.answer();
    await rig.calm();
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'CANCELLED' });
  });

  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'that comes %i turns after the launch waits for no deadline of a create that was never sent',
    async (turns) => {
      const { pod } = await rig.pods.launch(launchOf(), USER);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await rig.pods.remove(pod.id, USER);
      await rig.pass(CALL_MS);
      expect(rig.reservation(pod.id)).toMatchObject({ state: 'Released', code: 'DELETED' });
      expect(rig.cluster.objects.size).toBe(0);
    },
  );

  it.each(Array.from({ length: 24 }, (_, turns) => turns))(
    'that comes %i turns after a retry was due still waits for the create before',
    async (turns) => {
      rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
      const id = await rig.launch();
      jest.advanceTimersByTime(600);
      rig.settler.tick();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await rig.pods.remove(id, USER);
      await rig.pass(CALL_MS);
      expect(rig.reservation(id).state).toBe('Releasing');
      rig.cluster.arrive();
      await rig.pass(CALL_MS + LATE_MS);
      expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
    },
  );

  it('of a bound pod is refused', async () => {
    const id = await rig.launch();
    await expect(rig.pods.cancel(id, USER)).rejects.toMatchObject({ code: 'POD_NOT_CANCELLABLE' });
  });
});

describe('a release', () => {
  it('does not happen before the deadline of a create that may still arrive, whatever the cluster says', async () => {
    rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
    const id = await rig.launch();
    await rig.pods.remove(id, USER);
    await rig.pass(CALL_MS + LATE_MS - 500);
    expect(rig.cluster.count('findPod')).toBeGreaterThan(0);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.arrive();
    await rig.pass(3_000);
    expect(rig.reservation(id).state).toBe('Released');
    expect(rig.cluster.objects.size).toBe(0);
  });

  it('does not happen early because somebody set the clock forward', async () => {
    await rig.pass(CALL_MS + LATE_MS);
    rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
    const id = await rig.launch();
    await rig.pods.remove(id, USER);
    jest.setSystemTime(Date.now() + 3_600_000);
    await rig.pass(CALL_MS);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.arrive();
    await rig.pass(CALL_MS + LATE_MS);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });

  it('does not happen early because somebody set the clock forward while the server was away', async () => {
    await rig.pass(CALL_MS + LATE_MS);
    rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
    const id = await rig.launch();
    await rig.pods.remove(id, USER);
    rig.see('a', [], status('Offline'));
    await rig.pass(500);
    jest.setSystemTime(Date.now() + 3_600_000);
    rig.see('a', [], status('Online'));
    await rig.pass(500);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.arrive();
    await rig.pass(CALL_MS + LATE_MS);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });

  it.each(['deletePod', 'findPod'] as const)('waits as long as %s gets no answer', async (call) => {
    const id = await rig.launch();
    for (let each = 0; each < 40; each += 1) rig.cluster.script(call, { kind: 'lose-answer', code: 'CONNECTION_LOST' });
    await rig.pods.remove(id, USER);
    await rig.pass(20_000);
    expect(rig.reservation(id).state).toBe('Releasing');
  });

  it('waits until the cluster says gone, not until the delete was accepted', async () => {
    const id = await rig.launch();
    rig.cluster.isPrompt = false;
    await rig.pods.remove(id, USER);
    await rig.pass(60_000);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.isPrompt = true;
    await rig.pass(2_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'DELETED' });
  });
});

describe('a bound pod that the picture does not show', () => {
  const bound = async (): Promise<string> => {
    const id = await rig.launch();
    await rig.pass(6_000);
    return id;
  };
  const showing = (id: string) => [podInfo('uid', { reservationId: rig.reservation(id).id })];

  it('is believed to run while the picture shows it', async () => {
    const id = await bound();
    rig.see('a', showing(id));
    await rig.pass(10_000);
    expect([rig.reservation(id).state, rig.cluster.count('findPod')]).toEqual(['Bound', 0]);
  });

  it('is asked about, and stays when the cluster has it', async () => {
    const id = await bound();
    rig.see('a');
    await rig.pass(10_000);
    expect(rig.cluster.count('findPod')).toBeGreaterThan(1);
    expect(rig.reservation(id)).toMatchObject({ state: 'Bound', missingCount: 0 });
  });

  it('is Vanished after two reads that agree, not after one', async () => {
    const id = await bound();
    rig.cluster.objects.clear();
    rig.see('a');
    rig.settler.tick();
    await rig.calm();
    expect([rig.cluster.count('findPod'), rig.reservation(id).state]).toEqual([1, 'Bound']);
    await rig.pass(3_000);
    expect(rig.cluster.count('findPod')).toBe(2);
    expect(rig.reservation(id)).toMatchObject({ state: 'Released', code: 'VANISHED' });
  });

  it('starts counting again when one read in between finds it', async () => {
    const id = await bound();
    const [object] = rig.cluster.objects.values();
    rig.cluster.objects.clear();
    rig.see('a');
    rig.settler.tick();
    await rig.calm();
    expect(rig.reservation(id).missingCount).toBe(1);
    rig.cluster.objects.set(object?.objectName ?? '', object as never);
    await rig.pass(1_500);
    expect(rig.reservation(id)).toMatchObject({ state: 'Bound', missingCount: 0 });
  });

  it('is not asked about by a picture that is hardly newer than the pod', async () => {
    const id = await rig.launch();
    rig.see('a');
    await rig.pass(4_000);
    expect([rig.reservation(id).state, rig.cluster.count('findPod')]).toEqual(['Bound', 0]);
  });
});

describe('a server that must be left alone', () => {
  it.each<[string, Partial<ServerRecord>, object]>([
    ['is paused', { isPaused: true }, {}],
    ['is offline', {}, status('Offline')],
    ['shows another host key', {}, status('HostKeyChanged')],
    ['leads to another cluster', { clusterUid: 'registered' }, { facts: facts('another') }],
  ])('is not called while it %s, and nothing is released', async (_what, record, seen) => {
    const id = await rig.launch();
    await rig.pass(1_000);
    await rig.addServer('a', record, seen);
    await rig.pods.remove(id, USER);
    const calls = rig.cluster.calls.length;
    await rig.pass(60_000);
    expect([rig.cluster.calls.length, rig.reservation(id).state]).toEqual([calls, 'Releasing']);
    await rig.addServer('a', { isPaused: false, clusterUid: '' }, { ...status('Online'), facts: null });
    await rig.pass(3_000);
    expect(rig.reservation(id).state).toBe('Released');
  });

  it('is not called before anybody has looked at it', async () => {
    const id = await rig.launch();
    await rig.settler.onApplicationShutdown();
    await rig.pods.remove(id, USER);
    const state = { ...rig.state.read(), observed: {} };
    rig = new PodRig({ cluster: rig.cluster, state });
    await rig.pass(5_000);
    expect([rig.cluster.count('deletePod'), rig.reservation(id).state]).toEqual([0, 'Releasing']);
  });

  it('is not called for work that was waiting when it was paused', async () => {
    rig.cluster.script('createPod', ...Array.from({ length: 8 }, () => ({ kind: 'hold' }) as const));
    for (let each = 0; each < 9; each += 1) await rig.launch({ name: `a-${each}`, amounts: SMALL });
    await rig.addServer('a', { isPaused: true });
    rig.cluster.answer();
    await rig.pass(1_000);
    expect([rig.cluster.count('createPod'), rig.cluster.made]).toEqual([8, 8]);
    await rig.addServer('a', { isPaused: false });
    await rig.pass(1_000);
    expect(rig.cluster.made).toBe(9);
  });

  it('does not hold up the others', async () => {
    await rig.addServer('b');
    rig.cluster.script('createPod', ...Array.from({ length: 8 }, () => ({ kind: 'hold' }) as const));
    for (let each = 0; each < 9; each += 1) await rig.launch({ name: `a-${each}`, serverId: 'a', amounts: SMALL });
    const id = await rig.launch({ name: 'b', serverId: 'b' });
    expect([rig.cluster.heldCount, rig.reservation(id).state]).toEqual([8, 'Bound']);
    rig.cluster.answer();
    await rig.calm();
    expect(rig.cluster.made).toBe(10);
  });
});

describe('a server that is being removed', () => {
  const removing = (): Promise<unknown> =>
    rig.state.update({ actor: 'test', reason: 'remove' }, (draft) => {
      const entry = draft.servers['a'];
      if (!entry) throw new Error('there is no server a');
      entry.server.isRemoving = true;
      for (const pod of Object.values(entry.pods)) pod.reservation.state = 'Releasing';
    });

  it('goes with its last pod', async () => {
    const ids = [await rig.launch({ name: 'one' }), await rig.launch({ name: 'two' })];
    rig.cluster.isPrompt = false;
    await removing();
    await rig.pass(3_000);
    expect(ids.map((id) => rig.reservation(id).state)).toEqual(['Releasing', 'Releasing']);
    rig.cluster.isPrompt = true;
    await rig.pass(3_000);
    expect(rig.state.read().servers).toEqual({});
  });

  it('goes with its last pod when an admin releases that by force', async () => {
    const id = await rig.launch();
    await removing();
    rig.see('a', [], status('Offline'));
    await rig.pods.release(id, 'scrapped', USER);
    await rig.pass(250);
    expect(rig.state.read().servers).toEqual({});
  });
});

describe('after a crash', () => {
  const restart = async (): Promise<void> => {
    const before = rig;
    await before.settler.onApplicationShutdown();
    rig = new PodRig({ cluster: before.cluster, state: before.state.read() });
  };

  it('between reserving and sending, the launch goes on', async () => {
    await rig.settler.onApplicationShutdown();
    const id = await rig.launch();
    expect([rig.reservation(id).state, rig.cluster.made]).toEqual(['Held', 0]);
    await restart();
    await rig.pass(1_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Bound', createAttempts: 1 });
  });

  it('between sending and hearing, the launch goes on and recognises what it made', async () => {
    rig.cluster.script('createPod', { kind: 'hold' });
    const id = await rig.launch();
    await restart();
    expect(rig.reservation(id)).toMatchObject({ state: 'Creating', createAttempts: 1 });
    rig.cluster.answer();
    await rig.pass(1_000);
    expect(rig.reservation(id)).toMatchObject({ state: 'Bound', createAttempts: 2 });
    expect(rig.cluster.made).toBe(1);
  });

  it('the deadline of what was sent before still holds', async () => {
    rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
    const id = await rig.launch();
    await rig.pods.remove(id, USER);
    await restart();
    await rig.pass(CALL_MS + LATE_MS - 500);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.arrive();
    await rig.pass(3_000);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });

  it('the deadline of what was sent before holds although somebody set the clock forward', async () => {
    rig.cluster.script('createPod', { kind: 'late', code: 'CONNECTION_TIMEOUT' });
    const id = await rig.launch();
    await rig.pods.remove(id, USER);
    jest.setSystemTime(Date.now() + 3_600_000);
    await restart();
    await rig.pass(CALL_MS + LATE_MS - 500);
    expect(rig.reservation(id).state).toBe('Releasing');
    rig.cluster.arrive();
    await rig.pass(3_000);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });

  it('a delete goes on', async () => {
    const id = await rig.launch();
    rig.cluster.script('deletePod', { kind: 'hold' });
    await rig.pods.remove(id, USER);
    await restart();
    await rig.pass(2_000);
    expect([rig.reservation(id).state, rig.cluster.objects.size]).toEqual(['Released', 0]);
  });
});

it('forgets finished pods after their time, and never an open one', async () => {
  const kept = await rig.launch({ name: 'kept' });
  const gone = await rig.launch({ name: 'gone' });
  rig.see('a', [podInfo('uid', { reservationId: rig.reservation(kept).id })]);
  await rig.pods.remove(gone, USER);
  await rig.pass(2_000);
  expect(rig.reservation(gone).state).toBe('Released');
  jest.advanceTimersByTime(73 * 3_600_000);
  await rig.pass(500);
  expect(() => rig.pods.get(gone)).toThrow('There is no pod');
  expect(rig.reservation(kept).state).toBe('Bound');
});
