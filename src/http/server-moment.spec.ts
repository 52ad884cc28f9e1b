import {
  AT,
  entry,
  node,
  online,
  picture,
  pod,
  podInfo,
  reservation,
  server,
} from '../../test/support/domain-fixtures.js';
import type { PodInfo } from '../domain/pod-info.js';
import { podDifference, type ServerMoment, serverDifference } from './server-moment.js';

const RECORD = pod('p', reservation('r', { cpuMilli: 100 }, { state: 'Bound' }));
const ENTRY = entry(server('server-1'), [RECORD]);
const NODES = [node('node-1')];
const OURS = podInfo('u1', { reservationId: 'r' });
const THEIRS = podInfo('u2');
const usage = { cpuMilli: 5, memoryBytes: 5, observedAt: AT };

const moment = (pods: readonly PodInfo[], of = ENTRY): ServerMoment => ({
  entry: of,
  seen: online(picture(NODES, pods)),
});
const BEFORE = moment([OURS, THEIRS]);

describe('what became of the pods of a server', () => {
  it.each<[string, ServerMoment, Record<string, string>, string | null]>([
    ['nothing', BEFORE, {}, null],
    ['a pod of others that came', moment([OURS, THEIRS, podInfo('u3')]), {}, 'seen'],
    ['a pod of others that went', moment([OURS]), {}, 'seen'],
    ['a pod of others in the place of another', moment([OURS, podInfo('u3')]), {}, 'seen'],
    ['a pod of others that restarted', moment([OURS, { ...THEIRS, startedAt: null }]), {}, 'seen'],
    ['the same pods in another order', moment([{ ...THEIRS }, OURS]), {}, null],
    ['a pod of others whose use was measured', moment([OURS, { ...THEIRS, usage }]), {}, null],
    ['a pod of ours whose use was measured', moment([{ ...OURS, usage }, THEIRS]), { p: 'aged' }, null],
    ['a pod of ours that ended', moment([{ ...OURS, phase: 'Failed' }, THEIRS]), { p: 'seen' }, 'seen'],
    [
      'a reservation that moved on',
      moment(
        [OURS, THEIRS],
        entry(ENTRY.server, [{ ...RECORD, reservation: { ...RECORD.reservation, state: 'Releasing' } }]),
      ),
      { p: 'done' },
      'done',
    ],
    [
      'a server with another name',
      moment([OURS, THEIRS], { ...ENTRY, server: server('server-1', { name: 'new' }) }),
      { p: 'seen' },
      null,
    ],
  ])('%s', (_, now, told, hint) => {
    const difference = podDifference(BEFORE, now);
    expect(Object.fromEntries(difference.told)).toEqual(told);
    expect(difference.hint).toBe(hint);
  });

  it('a record that went', () => {
    expect(podDifference(BEFORE, moment([THEIRS], entry(ENTRY.server)))).toMatchObject({
      removed: ['p'],
      hint: 'done',
    });
  });

  it('a pod that recovered by the clock alone', () => {
    const crashed = podInfo('u1', {
      reservationId: 'r',
      containers: [
        {
          name: 'main',
          image: 'web:1',
          state: 'running',
          reason: '',
          message: '',
          exitCode: null,
          restartCount: 1,
          lastTermination: { reason: 'Error', exitCode: 1, finishedAt: AT },
        },
      ],
    });
    const seen = online(picture(NODES, [crashed]));
    const later = { ...seen, resources: { ...seen.resources!, observedAt: '2026-11-23T09:10:00.000Z' } };
    const { told, hint } = podDifference({ entry: ENTRY, seen }, { entry: ENTRY, seen: later });
    expect([Object.fromEntries(told), hint]).toEqual([{ p: 'seen' }, null]);
  });
});

describe('what became of a server', () => {
  const seen = BEFORE.seen!;
  it.each<[string, ServerMoment, string | null]>([
    ['nothing', { ...BEFORE }, null],
    ['another record', { ...BEFORE, entry: { ...ENTRY } }, 'done'],
    ['another state', { ...BEFORE, seen: { ...seen, status: { ...seen.status, state: 'Offline' } } }, 'done'],
    ['another pod', { ...BEFORE, seen: { ...seen, resources: picture(NODES, [OURS]) } }, 'seen'],
    ['another check', { ...BEFORE, seen: { ...seen, checkedAt: AT } }, 'seen'],
    ['another age', { ...BEFORE, seen: { ...seen, resources: { ...seen.resources!, observedAt: AT } } }, 'aged'],
  ])('%s', (_, now, urgency) => {
    expect(serverDifference(BEFORE, now)).toBe(urgency);
  });
});
