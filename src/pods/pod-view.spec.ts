import fc from 'fast-check';
import {
  AT,
  claim,
  GIB,
  online,
  picture,
  pod,
  podInfo,
  reservation,
  server,
} from '../../test/support/domain-fixtures.js';
import { sandboxServer } from '../../test/support/server-record.js';
import type { PodInfo } from '../domain/pod-info.js';
import type { PodRecord } from '../domain/pod.js';
import type { PodSight } from './pod-manager.js';
import { pageOf } from './pod-page.js';
import { podView } from './pod-view.js';

const sight = (record: PodRecord, infos: readonly PodInfo[] | null = []): PodSight => ({
  pod: record,
  server: server('server-1'),
  seen: infos ? online(picture([], infos)) : undefined,
});
const bound = (id = 'p'): PodRecord =>
  pod(id, reservation(`r-${id}`, { cpuMilli: 1_500, memoryBytes: 2.5 * GIB }, { state: 'Bound', createAttempts: 1 }));

describe('the view of a pod', () => {
  it('shows amounts in cores and GiB, the age of the picture, and the name on the cluster', () => {
    const view = podView(sight(bound('web')), Date.parse(AT) + 7_400);
    expect(view).toMatchObject({
      amounts: { cpus: 1.5, memoryGiB: 2.5, storageGiB: 0, gpus: 0 },
      ageSeconds: 7,
      observedAt: AT,
      clusterName: 'berth/web-r-web',
      state: 'Starting',
    });
  });

  it('of a server that nobody has seen has no age', () => {
    expect(podView(sight(bound(), null), 0)).toMatchObject({ observedAt: null, ageSeconds: null, state: 'Starting' });
  });

  it('of a clock that runs behind is never younger than now', () => {
    expect(podView(sight(bound()), Date.parse(AT) - 60_000).ageSeconds).toBe(0);
  });

  it("tells the cluster's failure, its containers and their restarts", () => {
    const info = podInfo('u', {
      reservationId: 'r-p',
      isReady: false,
      failure: { reason: 'OutOfMemory', message: 'too much' },
      containers: [
        {
          name: 'main',
          image: 'web:1',
          state: 'waiting',
          reason: 'CrashLoopBackOff',
          message: '',
          exitCode: null,
          restartCount: 4,
          lastTermination: { reason: 'OOMKilled', exitCode: 137, finishedAt: null },
        },
      ],
    });
    expect(podView(sight(bound(), [info]), 0)).toMatchObject({
      state: 'Failing',
      reason: 'OutOfMemory',
      message: 'too much',
      restartCount: 4,
      containers: [{ name: 'main', lastReason: 'OOMKilled' }],
    });
  });

  it('has nothing of the credential or the connection of its server', () => {
    const record = sandboxServer('server-1', {
      credential: { kind: 'password', sealed: { keyId: 'k', box: 'canary' } },
    });
    expect(JSON.stringify(podView({ ...sight(bound()), server: record }, 0))).not.toContain('canary');
  });
});

describe('a page of pods', () => {
  const at = (index: number): string => new Date(Date.parse(AT) + index * 1_000).toISOString();
  const many = (count: number): PodSight[] =>
    Array.from({ length: count }, (_, index) =>
      sight({ ...bound(`00000000-0000-4000-8000-${String(index).padStart(12, '0')}`), launchedAt: at(index % 7) }),
    );
  const ids = (sights: readonly PodSight[]): string[] => sights.map((each) => each.pod.id);

  it('after page shows every pod once, newest first, whatever the size of a page', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 12 }), (count, limit) => {
        const all = many(count);
        const found: PodSight[] = [];
        let cursor: string | null = null;
        do {
          const page = pageOf(all, { limit, ...(cursor === null ? {} : { cursor }) });
          expect(page.total).toBe(count);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect([...ids(found)].sort()).toEqual([...ids(all)].sort());
        const times = found.map((each) => each.pod.launchedAt);
        expect(times).toEqual([...times].sort().reverse());
      }),
    );
  });

  it('goes on where it was although the pod at the cursor is gone and new ones came', () => {
    const all = many(6);
    const first = pageOf(all, { limit: 2 });
    const gone = first.items.at(-1)?.pod.id;
    const fresh = sight({ ...bound('ffffffff-0000-4000-8000-000000000000'), launchedAt: at(100) });
    const later = [fresh, ...all.filter((each) => each.pod.id !== gone)];
    const second = pageOf(later, { limit: 10, cursor: first.nextCursor ?? '' });
    expect([...ids(first.items), ...ids(second.items)].sort()).toEqual(ids(all).sort());
  });

  it('of 100 is the default', () => {
    expect(pageOf(many(120), {}).items).toHaveLength(100);
  });

  const released = (id: string, code: 'DELETED' | 'VANISHED'): PodSight =>
    sight(pod(id, reservation(`r-${id}`, {}, { state: 'Released', code }), { name: id }));

  it('leaves out what was deleted, keeps what failed, and shows both on demand', () => {
    const all = [sight(bound('open')), released('deleted', 'DELETED'), released('vanished', 'VANISHED')];
    expect(ids(pageOf(all, {}).items).sort()).toEqual(['open', 'vanished']);
    expect(pageOf(all, { finished: true }).total).toBe(3);
    expect(ids(pageOf(all, { state: 'Deleted' }).items)).toEqual(['deleted']);
  });

  it('is narrowed by server, state, and a part of name or image in any case', () => {
    const running = sight(bound('one'), [podInfo('u', { reservationId: 'r-one' })]);
    const other = sight({ ...bound('Two'), serverId: 'server-2' });
    const all = [running, other];
    expect(ids(pageOf(all, { serverId: 'server-2' }).items)).toEqual(['Two']);
    expect(ids(pageOf(all, { state: 'Running' }).items)).toEqual(['one']);
    expect(ids(pageOf(all, { search: 'tWO' }).items)).toEqual(['Two']);
    expect(pageOf(all, { search: 'WEB:1' }).total).toBe(2);
  });

  it('counts a claim of no amounts as well', () => {
    expect(podView(sight(pod('p', { ...reservation('r', {}), amounts: claim({}) })), 0).amounts.cpus).toBe(0);
  });
});
