import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { FakeClock } from '../../test/support/fake-clock.js';
import { JobRig } from '../../test/support/job-rig.js';
import { sandboxConnection } from '../../test/support/server-record.js';
import { initialObservation, pictureOf } from '../domain/observation.js';
import type { PodInfo } from '../domain/pod-info.js';
import { resources } from '../domain/resources.js';
import type { ServerObservation, ServerResources } from '../domain/server.js';
import type { ClusterChange, ClusterSnapshot } from '../providers/cluster-provider.js';
import { SandboxFaults } from '../providers/sandbox/sandbox-faults.js';
import { SandboxProviderFactory } from '../providers/sandbox/sandbox.provider.js';
import { SandboxWorlds } from '../providers/sandbox/sandbox-worlds.js';
import { applyChanges, applyList, applyUsage } from './apply-changes.js';
import { BackgroundRefresh } from './background-refresh.js';
import { ServerFeed } from './server-feed.js';

const AT = '2026-11-23T09:00:00.000Z';
const LATER = '2026-11-23T09:00:01.000Z';
const { nodes, pods: foreign } = new SandboxWorlds().get('x', sandboxConnection({ nodeCount: 2 })).snapshot();
const [node] = nodes;

const pod = (uid: string, some: Partial<PodInfo> = {}): PodInfo => ({
  ...foreign[0]!,
  uid,
  name: `pod-${uid}`,
  ...some,
});
const picture = (...pods: PodInfo[]): ServerResources => pictureOf(nodes, pods, AT);
const snapshot = (...pods: PodInfo[]): ClusterSnapshot => ({ nodes, pods, cursor: 'c' });
const names = (seen: ServerResources): Record<string, string> =>
  Object.fromEntries(Object.entries(seen.pods).map(([uid, each]) => [uid, each.name]));

describe('applyChanges', () => {
  it('adds, replaces and removes, the last change of an object winning', () => {
    const after = applyChanges(
      picture(pod('a'), pod('b'), pod('c')),
      [
        { kind: 'pod', pod: pod('a', { name: 'first' }) },
        { kind: 'pod', pod: pod('a', { name: 'second' }) },
        { kind: 'pod-gone', uid: 'b' },
        { kind: 'pod', pod: pod('d') },
        { kind: 'pod-gone', uid: 'd' },
        { kind: 'pod-gone', uid: 'never-seen' },
        { kind: 'node-gone', name: 'sandbox-2' },
      ],
      LATER,
    );
    expect(names(after)).toEqual({ a: 'second', c: 'pod-c' });
    expect(Object.keys(after.nodes)).toEqual(['sandbox-1']);
    expect([after.observedAt, after.listedAt]).toEqual([LATER, AT]);
  });

  it('keeps the very objects of what did not change', () => {
    const before = picture(pod('a'), pod('b'));
    const same: ClusterChange[] = [
      { kind: 'pod', pod: pod('a') },
      { kind: 'node', node: { ...node! } },
      { kind: 'alive' },
    ];
    const after = applyChanges(before, same, LATER);
    expect(after.pods).toBe(before.pods);
    expect(after.nodes).toBe(before.nodes);
    expect(applyChanges(before, [{ kind: 'pod', pod: pod('a', { name: 'new' }) }], LATER).pods['b']).toBe(
      before.pods['b'],
    );
  });

  it('keeps the measured use of what changes otherwise', () => {
    const usage = { cpuMilli: 5, memoryBytes: 6, observedAt: AT };
    const after = applyChanges(picture(pod('a', { usage })), [{ kind: 'pod', pod: pod('a', { name: 'new' }) }], LATER);
    expect(after.pods['a']).toMatchObject({ name: 'new', usage });
  });

  it('takes hostile names as names', () => {
    const after = applyChanges(picture(), [{ kind: 'pod', pod: pod('__proto__') }], LATER);
    expect(Object.keys(after.pods)).toEqual(['__proto__']);
    const hostile = picture(pod('__proto__'), pod('a'));
    const beside = applyChanges(hostile, [{ kind: 'pod', pod: pod('a', { name: 'new' }) }], LATER);
    expect(Object.keys(beside.pods)).toEqual(['__proto__', 'a']);
    expect(applyChanges(after, [{ kind: 'pod-gone', uid: '__proto__' }], LATER).pods).toEqual({});
    expect(applyChanges(picture(), [{ kind: 'pod-gone', uid: 'constructor' }], LATER).pods).toEqual({});
  });
});

describe('applyList', () => {
  it('replaces the picture, keeps objects that are the same, and moves the age', () => {
    const before = picture(pod('a'), pod('b'));
    const after = applyList(before, snapshot(pod('a'), pod('c')), null, LATER);
    expect(names(after)).toEqual({ a: 'pod-a', c: 'pod-c' });
    expect(after.pods['a']).toBe(before.pods['a']);
    expect(after.nodes).toBe(before.nodes);
    expect([after.observedAt, after.listedAt]).toEqual([LATER, LATER]);
  });

  it('does not overwrite what the watch told while the list was under way', () => {
    const before = picture(pod('changed', { name: 'newer' }), pod('listed-only'));
    const touched = { nodes: new Set<string>(), pods: new Set(['changed', 'gone']) };
    const after = applyList(
      before,
      snapshot(pod('changed', { name: 'older' }), pod('gone'), pod('new')),
      touched,
      LATER,
    );
    expect(names(after)).toEqual({ changed: 'newer', new: 'pod-new' });
  });

  it('never makes the picture of a living watch older than it was', () => {
    const before = { ...picture(pod('a')), observedAt: '2026-11-23T09:00:09.000Z' };
    const touched = { nodes: new Set<string>(), pods: new Set<string>() };
    expect(applyList(before, snapshot(pod('a')), touched, LATER).observedAt).toBe(before.observedAt);
    expect(applyList(before, snapshot(pod('a')), null, LATER).observedAt).toBe(LATER);
  });

  it('agrees with the cluster in the end, however list and watch interleave, and never takes back what the watch told', () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('set' as const), uid: fc.constantFrom('a', 'b', 'c', 'd') }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('remove' as const), uid: fc.constantFrom('a', 'b', 'c', 'd') }),
      },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constantFrom('deliver' as const, 'begin' as const, 'answer' as const, 'finish' as const),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const truth = new Map<string, PodInfo>();
        const dead = new Set<string>();
        const log: ClusterChange[] = [];
        let seen = picture();
        let delivered = 0;
        let touched: { nodes: Set<string>; pods: Set<string> } | null = null;
        let answer: ClusterSnapshot | null = null;
        const deliver = (): void => {
          const change = log[delivered++]!;
          if (change.kind === 'pod') touched?.pods.add(change.pod.uid);
          if (change.kind === 'pod-gone') touched?.pods.add(change.uid);
          seen = applyChanges(seen, [change], LATER);
        };
        for (const each of steps) {
          if (each.do === 'set' && !dead.has(each.uid)) {
            truth.set(each.uid, pod(each.uid, { name: `v${log.length}` }));
            log.push({ kind: 'pod', pod: truth.get(each.uid)! });
          } else if (each.do === 'remove' && truth.delete(each.uid)) {
            dead.add(each.uid);
            log.push({ kind: 'pod-gone', uid: each.uid });
          } else if (each.do === 'deliver' && delivered < log.length) deliver();
          else if (each.do === 'begin') [touched, answer] = [{ nodes: new Set(), pods: new Set() }, null];
          else if (each.do === 'answer' && touched && !answer) answer = snapshot(...truth.values());
          else if (each.do === 'finish' && touched && answer) {
            const before = seen;
            seen = applyList(before, answer, touched, LATER);
            for (const uid of touched.pods) expect(seen.pods[uid]).toBe(before.pods[uid]);
            touched = null;
          }
        }
        while (delivered < log.length) deliver();
        expect(seen.pods).toEqual(Object.fromEntries(truth));
      }),
      { numRuns: 500 },
    );
  });
});

describe('applyUsage', () => {
  it('puts use on nodes by name and on pods by namespace and name, and leaves the rest alone', () => {
    const before = picture(pod('a'), pod('b'));
    const use = { cpuMilli: 7, memoryBytes: 8 };
    const after = applyUsage(before, {
      observedAt: LATER,
      nodes: { 'sandbox-1': use },
      pods: { 'kube-system/pod-a': use },
    });
    expect(after.pods['a']?.usage).toEqual({ ...use, observedAt: LATER });
    expect(after.nodes['sandbox-1']?.usage).toEqual({ ...use, observedAt: LATER });
    expect(after.pods['b']).toBe(before.pods['b']);
    expect(after.observedAt).toBe(AT);
    expect(applyUsage(after, { observedAt: LATER, nodes: {}, pods: {} }).pods).toBe(after.pods);
  });
});

const rigs: Rig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.job.beforeApplicationShutdown()));
});

class Rig extends JobRig {
  readonly job: BackgroundRefresh;

  constructor(env: Record<string, string> = {}) {
    super({ BERTH_REFRESH_BATCH_MS: '1', ...env });
    this.job = new BackgroundRefresh(this.state, this.clusters, this.settings, this.clock, this.liveness);
    rigs.push(this);
  }

  /** Moves time in steps that a timer would make. */
  async pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 2; step += 1) {
      this.clock.advance(500);
      this.job.tick();
      await settled();
    }
  }

  async follow(id: string): Promise<void> {
    this.job.start();
    await this.put(id);
    await this.until(() => this.resourcesOf(id) !== null);
  }

  resourcesOf(id: string): ServerResources | null {
    return this.seen(id)?.resources ?? null;
  }

  lists(id: string): number {
    return this.faults.count(id, 'observe');
  }

  /** Somebody else starts a pod there. */
  outsider(id: string, uid: string, some: Partial<PodInfo> = {}): void {
    this.cluster(id).setForeignPod(pod(uid, { name: `outsider-${uid}`, ...some }));
  }

  async untilSeen(id: string, uid: string): Promise<void> {
    await this.until(() => this.resourcesOf(id)?.pods[uid] !== undefined);
  }

  agrees(id: string): boolean {
    const seen = this.resourcesOf(id);
    const real = this.cluster(id).snapshot();
    const bare = (pods: readonly PodInfo[]) =>
      pods
        .map((each) => `${each.uid} ${each.name}`)
        .sort()
        .join();
    return bare(Object.values(seen?.pods ?? {})) === bare(real.pods);
  }
}

describe('BackgroundRefresh', () => {
  it('lists a new server at once, and follows it without listing again', async () => {
    const rig = new Rig();
    await rig.follow('a');
    expect(Object.keys(rig.resourcesOf('a')!.nodes)).toEqual(['sandbox-1']);
    rig.outsider('a', 'new');
    await rig.untilSeen('a', 'new');
    rig.cluster('a').removeForeignPod('new');
    await rig.until(() => rig.resourcesOf('a')?.pods['new'] === undefined);
    expect(rig.lists('a')).toBe(1);
    expect(rig.job.status()).toMatchObject({
      name: 'refresh',
      isStarted: true,
      loops: [{ serverId: 'a', lastResult: 'ok' }],
    });
  });

  it('applies a burst of changes in one write', async () => {
    const rig = new Rig();
    await rig.follow('a');
    let writes = 0;
    rig.state.changes$.subscribe(() => (writes += 1));
    for (let index = 0; index < 100; index += 1) rig.outsider('a', `burst-${index}`);
    await rig.untilSeen('a', 'burst-99');
    expect(writes).toBe(1);
  });

  it('lists in full at its interval, beside a watch that goes on', async () => {
    const rig = new Rig();
    await rig.follow('a');
    await rig.pass(67);
    expect([rig.lists('a'), rig.faults.count('a', 'watch')]).toEqual([2, 1]);
  });

  it('lists and watches again after the watch broke', async () => {
    const rig = new Rig();
    rig.faults.plan('a', 'watch', { kind: 'break', code: 'CONNECTION_LOST' });
    await rig.follow('a');
    rig.outsider('a', 'missed');
    await rig.pass(6);
    await rig.untilSeen('a', 'missed');
    rig.outsider('a', 'followed');
    await rig.untilSeen('a', 'followed');
    expect(rig.lists('a')).toBe(2);
    expect(rig.seen('a')?.refreshError).toBeNull();
  });

  it('lists again when the cursor has expired, and goes on without a list when the stream just ended', async () => {
    const rig = new Rig();
    rig.faults.plan('a', 'watch', { kind: 'end' }, { kind: 'expire' });
    await rig.follow('a');
    await settled();
    expect([rig.lists('a'), rig.faults.count('a', 'watch')]).toEqual([1, 2]);
    await rig.pass(6);
    rig.outsider('a', 'new');
    await rig.untilSeen('a', 'new');
    expect([rig.lists('a'), rig.faults.count('a', 'watch')]).toEqual([2, 3]);
  });

  it('does not spin when a cluster ends every watch at once', async () => {
    const rig = new Rig();
    rig.faults.plan('a', 'watch', ...Array.from({ length: 1_000 }, () => ({ kind: 'end' }) as const));
    await rig.follow('a');
    await rig.pass(60);
    expect(rig.lists('a')).toBeLessThanOrEqual(13);
    expect(rig.faults.count('a', 'watch')).toBeLessThanOrEqual(4 * rig.lists('a'));
    expect(rig.seen('a')?.refreshError).toMatchObject({ code: 'KUBERNETES_UNAVAILABLE' });
  });

  it('keeps listing while every watch fails, says so after the third, and is quiet again when one holds', async () => {
    const rig = new Rig();
    rig.faults.plan(
      'a',
      'watch',
      ...Array.from({ length: 4 }, () => ({ kind: 'refuse', code: 'KUBERNETES_FORBIDDEN' }) as const),
    );
    await rig.follow('a');
    await rig.pass(6);
    expect(rig.seen('a')?.refreshError).toBeNull();
    await rig.pass(20);
    expect(rig.seen('a')?.refreshError).toMatchObject({ code: 'KUBERNETES_FORBIDDEN' });
    await rig.pass(20);
    rig.outsider('a', 'new');
    await rig.untilSeen('a', 'new');
    expect(rig.seen('a')?.refreshError).toBeNull();
  });

  it('keeps the old picture with its age when the list fails, says why, and recovers', async () => {
    const rig = new Rig();
    await rig.follow('a');
    const before = rig.resourcesOf('a');
    rig.faults.cut('a');
    rig.outsider('a', 'unseen');
    await rig.pass(170);
    expect(rig.resourcesOf('a')).toBe(before);
    expect(rig.seen('a')?.refreshError).toMatchObject({ code: 'CONNECTION_TIMEOUT' });
    rig.faults.heal('a');
    await rig.pass(15.5);
    expect(rig.agrees('a')).toBe(true);
    expect(rig.seen('a')?.refreshError).toBeNull();
  });

  it('lists a server within seconds after the health monitor saw it answer again', async () => {
    const rig = new Rig({ BERTH_REFRESH_MAX_BACKOFF_SECONDS: '3600' });
    await rig.follow('a');
    rig.faults.cut('a');
    rig.outsider('a', 'unseen');
    await rig.pass(300);
    const check = (result: 'pass' | 'fail') => [{ name: 'api', result, latencyMs: null, message: '' }] as const;
    rig.state.observe('a', (seen) => ({ ...(seen ?? initialObservation(AT)), checks: check('fail') }));
    rig.faults.heal('a');
    const lists = rig.lists('a');
    rig.state.observe('a', (seen) => ({ ...(seen ?? initialObservation(AT)), checks: check('pass') }));
    await rig.pass(5.5);
    expect(rig.lists('a')).toBe(lists + 1);
    expect(rig.agrees('a')).toBe(true);
  });

  it('writes nothing while a cluster is quiet, but its age', async () => {
    const rig = new Rig();
    await rig.follow('a');
    await rig.follow('other');
    const alive = async (uid: string): Promise<void> => {
      rig.cluster('a').changes.append({ kind: 'alive' });
      // Told later, so applied later: what was told before has been dealt with by then.
      rig.outsider('other', uid);
      await rig.untilSeen('other', uid);
    };
    const before = rig.seen('a');
    await alive('first');
    expect(rig.seen('a')).toBe(before);
    rig.clock.advance(5_000);
    await alive('second');
    expect(rig.resourcesOf('a')).toMatchObject({ observedAt: '2026-11-23T09:00:05.000Z', listedAt: AT });
    expect(rig.resourcesOf('a')?.pods).toBe(before?.resources?.pods);
  });

  it('does not let a list that is slow overwrite what the watch told meanwhile', async () => {
    const rig = new Rig();
    rig.job.start();
    await rig.put('a', {}, { latencyMs: 60 });
    await rig.until(() => rig.resourcesOf('a') !== null);
    await settled();
    const relisted = rig.job.runNow('a');
    rig.outsider('a', 'new');
    rig.cluster('a').removeForeignPod(foreign[0]!.uid);
    await relisted;
    expect(rig.agrees('a')).toBe(true);
    expect(rig.faults.count('a', 'watch')).toBe(1);
  });

  it('keeps a hung server from delaying the others', async () => {
    const rig = new Rig();
    for (let index = 0; index < 8; index += 1) {
      rig.faults.plan(`hung-${index}`, 'observe', { kind: 'hang' });
      await rig.put(`hung-${index}`);
    }
    rig.job.start();
    await rig.follow('well');
    rig.outsider('well', 'new');
    await rig.untilSeen('well', 'new');
    await rig.job.beforeApplicationShutdown();
  });

  it('follows more servers at once than it lists at once', async () => {
    const rig = new Rig();
    const ids = Array.from({ length: rig.settings.refresh.parallel * 2 + 1 }, (_, index) => `s${index}`);
    for (const id of ids) await rig.put(id);
    rig.job.start();
    await rig.until(() => ids.every((id) => rig.resourcesOf(id)));
    for (const id of ids) rig.outsider(id, 'new');
    await rig.until(() => ids.every((id) => rig.resourcesOf(id)?.pods['new']));
    expect(ids.every((id) => rig.lists(id) === 1)).toBe(true);
  });

  it('lets a paused server go at once, and lists it at once when it is resumed', async () => {
    const rig = new Rig();
    await rig.follow('a');
    const open = rig.clusters.of(rig.state.read().servers['a']!.server);
    await rig.put('a', { isPaused: true });
    await settled();
    await expect(open.probe({ timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'CLOSED' });
    rig.outsider('a', 'unseen');
    await rig.pass(120);
    expect([rig.lists('a'), rig.resourcesOf('a')?.pods['unseen']]).toEqual([1, undefined]);
    expect(rig.seen('a')?.refreshError).toBeNull();
    await expect(rig.job.runNow('a')).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    await rig.put('a');
    await rig.untilSeen('a', 'unseen');
  });

  it('starts afresh when the connection was edited, and stops when the server is removed', async () => {
    const rig = new Rig();
    await rig.follow('a');
    await rig.put('a', { connectionRevision: 2 }, { nodeCount: 2 });
    await rig.until(() => Object.keys(rig.resourcesOf('a')!.nodes).length === 2);
    await rig.drop('a');
    await rig.pass(120);
    expect(rig.lists('a')).toBe(2);
    expect(rig.job.status().loops).toEqual([]);
    await expect(rig.job.runNow('a')).rejects.toMatchObject({ code: 'SERVER_NOT_FOUND' });
  });

  it('follows nobody while it is stopped, and lists at once when it is started again', async () => {
    const rig = new Rig();
    await rig.follow('a');
    rig.job.stop();
    rig.outsider('a', 'unseen');
    await rig.pass(120);
    expect([rig.lists('a'), rig.resourcesOf('a')?.pods['unseen']]).toEqual([1, undefined]);
    rig.job.start();
    await rig.untilSeen('a', 'unseen');
  });

  it('measures use where it follows, and not where it cannot', async () => {
    const rig = new Rig();
    await rig.follow('a');
    await rig.pass(17);
    await rig.until(() => rig.resourcesOf('a')?.nodes['sandbox-1']?.usage?.cpuMilli !== undefined);
    rig.faults.cut('b');
    await rig.put('b');
    await rig.pass(60);
    expect(rig.faults.count('b', 'usage')).toBe(0);
  });

  it('asks nothing of another cluster than the one that was registered', async () => {
    const rig = new Rig();
    await rig.put('a', { clusterUid: 'uid-1' });
    const facts = {
      kubernetesVersion: '',
      clusterUid: 'uid-2',
      isTunnelled: false,
      isRbacOn: null,
      certificateExpiresAt: null,
      kubeconfigSource: '',
    };
    rig.state.observe('a', () => ({ ...initialObservation(AT), facts }));
    await rig.job.runNow('a');
    expect(rig.seen('a')?.refreshError).toMatchObject({ code: 'CLUSTER_CHANGED' });
    expect(rig.lists('a')).toBe(0);
  });

  it('agrees with every cluster within 15 seconds after the faults clear, and never lists more often than each 5 seconds', async () => {
    const faults = ['end', 'expire', 'break', 'hang', 'refuse'] as const;
    const plan = fc.array(
      fc.record({
        call: fc.constantFrom('watch' as const, 'watch' as const, 'observe' as const),
        fault: fc.constantFrom(...faults),
      }),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(plan, async (planned) => {
        const rig = new Rig();
        for (const { call, fault } of planned) {
          // A hung list lasts as long as its deadline in real time, so lists are refused instead.
          const kind = call === 'observe' ? 'refuse' : fault === 'hang' ? 'break' : fault;
          rig.faults.plan(
            'a',
            call,
            kind === 'refuse' || kind === 'break' ? { kind, code: 'CONNECTION_LOST' } : { kind },
          );
        }
        rig.job.start();
        await rig.put('a');
        let seconds = 0;
        const hasFaults = (): boolean => rig.lists('a') + rig.faults.count('a', 'watch') <= planned.length;
        for (; seconds < 900 && hasFaults(); seconds += 5) {
          rig.outsider('a', `at-${seconds}`);
          await rig.pass(5);
        }
        expect(rig.lists('a')).toBeLessThanOrEqual(seconds / 5 + 1);
        rig.outsider('a', 'last');
        await rig.pass(15);
        await rig.untilSeen('a', 'last');
        expect(rig.agrees('a')).toBe(true);
        await rig.job.beforeApplicationShutdown();
      }),
      { numRuns: 40 },
    );
  });
});

describe('ServerFeed', () => {
  it('takes a watch that is silent for dead, and asks for a list', async () => {
    const faults = new SandboxFaults();
    faults.plan('a', 'watch', { kind: 'hang' });
    const factory = new SandboxProviderFactory(new SandboxWorlds(), faults);
    const provider = factory.open({
      serverId: 'a',
      connectionRevision: 1,
      connection: sandboxConnection(),
      credential: null,
      namespace: 'berth',
    });
    let seen: ServerObservation = initialObservation(AT);
    const asked = Promise.withResolvers<number>();
    const feed = new ServerFeed({
      provider: () => provider,
      write: (change) => (seen = change(seen)),
      askForList: asked.resolve,
      clock: new FakeClock(),
      times: { timeoutMs: 1_000, batchMs: 1, maxBackoffMs: 60_000, silenceMs: 10, ageMs: 1_000 },
      random: () => 0.5,
    });
    await feed.list(new AbortController().signal);
    expect(feed.isFollowing).toBe(true);
    expect(await asked.promise).toBe(500);
    expect(feed.isFollowing).toBe(false);
    expect(Object.values(seen.resources?.nodes ?? {})[0]?.allocatable).toEqual(
      resources({ cpuMilli: 8_000, memoryBytes: 32 * 1024 ** 3, storageBytes: 100 * 1024 ** 3, podCount: 110 }),
    );
    feed.close();
  });
});
