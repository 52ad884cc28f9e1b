import fc from 'fast-check';
import { AT, pod, podInfo, picture, node, reservation } from '../../test/support/domain-fixtures.js';
import { currentPod, podStatus } from './pod-status.js';
import {
  beginCreate,
  created,
  force,
  foundGone,
  foundPresent,
  giveUp,
  hold,
  IllegalTransition,
  refused,
  type Reservation,
  unclear,
} from './reservation.js';
import { resources } from './resources.js';

const LATER = '2026-11-23T09:01:00.000Z';
const DEADLINE = '2026-11-23T09:05:00.000Z';
const AFTER = '2026-11-23T09:06:00.000Z';
const held = hold('r', 'node-1', resources({ podCount: 1 }), null, AT);
const once = beginCreate(held, AT, DEADLINE);
const twice = beginCreate(once, LATER, DEADLINE);

describe('a reservation', () => {
  it('goes from Held over Creating to Bound', () => {
    expect(once).toMatchObject({ state: 'Creating', createAttempts: 1, createDeadlineAt: DEADLINE });
    expect(created(once, LATER)).toMatchObject({ state: 'Bound', createDeadlineAt: null });
  });

  it('is released by a clear refusal of the only create', () => {
    expect(refused(once, LATER, 'KUBERNETES_REFUSED', 'no')).toMatchObject({
      state: 'Released',
      code: 'KUBERNETES_REFUSED',
    });
  });

  it('is not released by a refusal after an unclear create: that one may have worked', () => {
    expect(refused(twice, LATER, 'KUBERNETES_REFUSED', 'quota').state).toBe('Releasing');
  });

  it('stays as it is when a create is unclear', () => {
    expect(unclear(once, 'CONNECTION_LOST', 'lost')).toMatchObject({ state: 'Creating', code: 'CONNECTION_LOST' });
  });

  it('remembers the deadline of an unclear create even when a later one was answered', () => {
    expect(created(twice, LATER)).toMatchObject({ state: 'Bound', createDeadlineAt: DEADLINE });
  });

  it('is released at once only while nothing was sent', () => {
    expect(giveUp(held, LATER, 'CANCELLED', '').state).toBe('Released');
    expect(giveUp(once, LATER, 'CANCELLED', '').state).toBe('Releasing');
    expect(giveUp(created(once, LATER), LATER, 'DELETED', '').state).toBe('Releasing');
  });

  it('is released without a deletion when a cancelled create is refused', () => {
    expect(refused(giveUp(once, LATER, 'CANCELLED', ''), LATER, 'KUBERNETES_REFUSED', '')).toMatchObject({
      state: 'Released',
      code: 'CANCELLED',
    });
  });

  it('is not released by a read that began before the last create was over', () => {
    const leaving = giveUp(once, LATER, 'CANCELLED', '');
    expect(foundGone(leaving, LATER, LATER).state).toBe('Releasing');
    expect(foundGone(leaving, AFTER, AFTER).state).toBe('Released');
  });

  it('counts as vanished only when two reads in a row agree', () => {
    const bound = created(once, LATER);
    const missing = foundGone(bound, AFTER, AFTER);
    expect(missing.state).toBe('Bound');
    expect(foundGone(foundPresent(missing), AFTER, AFTER).state).toBe('Bound');
    expect(foundGone(missing, AFTER, AFTER)).toMatchObject({ state: 'Released', code: 'VANISHED' });
  });

  it('never leaves Creating because a read found nothing', () => {
    expect(foundGone(once, AFTER, AFTER).state).toBe('Creating');
  });

  it('refuses arrows that the diagram does not have', () => {
    expect(() => created(held, AT)).toThrow(IllegalTransition);
    expect(() => beginCreate(created(once, AT), AT, DEADLINE)).toThrow(IllegalTransition);
    expect(() => refused(held, AT, 'INTERNAL', '')).toThrow(IllegalTransition);
  });

  it('once it left Held, is released only by evidence, whatever else happens', () => {
    const without: ((now: Reservation) => Reservation)[] = [
      (now) => (now.state === 'Held' || now.state === 'Creating' ? beginCreate(now, LATER, DEADLINE) : now),
      (now) => (now.state === 'Creating' || now.state === 'Releasing' ? created(now, LATER) : now),
      (now) => unclear(now, 'CONNECTION_LOST', ''),
      (now) => giveUp(now, LATER, 'DELETED', ''),
      (now) => (now.createDeadlineAt === null ? now : foundGone(now, LATER, LATER)),
      (now) => foundPresent(now),
    ];
    fc.assert(
      fc.property(fc.array(fc.nat(without.length - 1), { maxLength: 30 }), (steps) => {
        const end = steps.reduce((now, step) => without[step]!(now), beginCreate(held, AT, DEADLINE));
        expect(end.state).not.toBe('Released');
      }),
    );
  });

  it('can be forced by an admin from anywhere', () => {
    expect(force(once, LATER, 'scrapped')).toMatchObject({ state: 'Released', code: 'FORCED', message: 'scrapped' });
  });
});

describe('what a user sees of a pod', () => {
  const bound = reservation('r', {}, { state: 'Bound', createAttempts: 1 });
  const waiting = {
    name: 'main',
    image: 'x',
    state: 'waiting' as const,
    reason: 'ContainerCreating',
    message: '',
    exitCode: null,
    restartCount: 0,
    lastTermination: null,
  };

  it.each([
    ['Reserved', reservation('r', {}), null],
    ['Creating', reservation('r', {}, { state: 'Creating', createAttempts: 1, createDeadlineAt: AT }), null],
    ['Starting', bound, null],
    ['Starting', bound, podInfo('p', { phase: 'Pending', isReady: false, containers: [waiting] })],
    ['Running', bound, podInfo('p')],
    ['Unknown', bound, podInfo('p', { phase: 'Unknown' })],
    ['Failing', bound, podInfo('p', { failure: { reason: 'CrashLoop', message: 'exit 3' } })],
    ['Stopping', reservation('r', {}, { state: 'Releasing', createAttempts: 1 }), podInfo('p')],
    ['Deleted', reservation('r', {}, { state: 'Released', code: 'DELETED' }), null],
    ['Cancelled', reservation('r', {}, { state: 'Released', code: 'CANCELLED' }), null],
    ['Vanished', reservation('r', {}, { state: 'Released', code: 'VANISHED' }), null],
    ['Failed', reservation('r', {}, { state: 'Released', code: 'KUBERNETES_REFUSED' }), null],
  ])('is %s', (state, ofReservation, info) => {
    expect(podStatus(pod('a', ofReservation), info, AT).state).toBe(state);
  });

  it.each([
    [
      'a crash seconds ago',
      { restartCount: 1, finishedAt: '2026-11-23T08:59:50.000Z', exitCode: 3, reason: 'Error' },
      'Failing',
      'CrashLoop',
    ],
    [
      'the memory limit',
      { restartCount: 1, finishedAt: '2026-11-23T08:59:50.000Z', exitCode: 137, reason: 'OOMKilled' },
      'Failing',
      'OutOfMemory',
    ],
    [
      'one crash long enough ago',
      { restartCount: 1, finishedAt: '2026-11-23T08:58:50.000Z', exitCode: 3, reason: 'Error' },
      'Running',
      '',
    ],
    [
      'many crashes, the last minutes ago',
      { restartCount: 5, finishedAt: '2026-11-23T08:55:00.000Z', exitCode: 3, reason: 'Error' },
      'Failing',
      'CrashLoop',
    ],
    [
      'an end without error',
      { restartCount: 1, finishedAt: '2026-11-23T08:59:50.000Z', exitCode: 0, reason: 'Completed' },
      'Running',
      '',
    ],
  ])('tells of a running container after %s', (_, { restartCount, ...lastTermination }, state, reason) => {
    const running = { ...waiting, state: 'running' as const, reason: '', restartCount, lastTermination };
    expect(podStatus(pod('a', bound), podInfo('p', { containers: [running] }), AT)).toMatchObject({ state, reason });
  });

  it('is told by the newest pod that is not leaving', () => {
    const seen = picture(
      [node('node-1')],
      [
        podInfo('old', { reservationId: 'r', isTerminating: true, createdAt: LATER }),
        podInfo('ended', { reservationId: 'r', phase: 'Failed', createdAt: AFTER }),
        podInfo('new', { reservationId: 'r', createdAt: AT }),
      ],
    );
    expect(currentPod('r', seen)?.uid).toBe('new');
  });
});
