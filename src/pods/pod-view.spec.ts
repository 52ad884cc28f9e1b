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
import { podRow, podView } from './pod-view.js';

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

  it('counts a claim of no amounts as well', () => {
    expect(podView(sight(pod('p', { ...reservation('r', {}), amounts: claim({}) })), 0).amounts.cpus).toBe(0);
  });
});

describe('a row of a list', () => {
  const place = { server: server('server-1'), seen: online(picture([], [])) };

  it("of Berth's pod is its view, with its namespace and a key", () => {
    const record = bound('web');
    const row = podRow({ ...place, record, info: null }, Date.parse(AT));
    expect(row).toMatchObject({ key: 'web', namespace: 'berth' });
    expect(row).toMatchObject(podView({ pod: record, server: place.server, seen: place.seen }, Date.parse(AT)));
  });

  it('of a pod of others has no id and no reservation, and the same fields', () => {
    const info = podInfo('u1', { name: 'train-1', namespace: 'vision', request: claim({ cpuMilli: 250 }) });
    const row = podRow({ ...place, record: null, info }, Date.parse(AT) + 2_000);
    expect(row).toMatchObject({
      key: 'server-1/u1',
      id: null,
      reservation: null,
      launchedBy: null,
      name: 'train-1',
      clusterName: 'vision/train-1',
      state: 'Running',
      amounts: { cpus: 0.25 },
      ageSeconds: 2,
    });
    const ours = podRow({ ...place, record: bound('web'), info: null }, 0);
    expect(Object.keys(row).sort()).toEqual(Object.keys(ours).sort());
  });

  it.each<[Partial<PodInfo>, string]>([
    [{ phase: 'Succeeded' }, 'Finished'],
    [{ phase: 'Failed' }, 'Failed'],
    [{ isTerminating: true }, 'Stopping'],
    [{ phase: 'Pending', isReady: false }, 'Starting'],
    [{ failure: { reason: 'CrashLoop', message: 'again' } }, 'Failing'],
  ])('of a pod of others that is %j says %s', (some, state) => {
    expect(podRow({ ...place, record: null, info: podInfo('u', some) }, 0).state).toBe(state);
  });
});
