import { produce } from 'immer';
import { AT, entry, online, picture, pod, podInfo, reservation, server } from '../../test/support/domain-fixtures.js';
import type { DurableState } from '../domain/master-state.js';
import type { PodRecord } from '../domain/pod.js';
import type { ReservationState } from '../domain/reservation.js';
import type { ServerObservation } from '../domain/server.js';
import { dropFinished } from './retention.js';
import { delayMs, nextStep } from './settle-policy.js';

const SOON = '2026-11-23T09:00:04.000Z';
const LATER = '2026-11-23T09:00:06.000Z';
const a = (state: ReservationState, missingCount = 0): PodRecord =>
  pod('p', reservation('r', {}, { state, missingCount, createAttempts: 1 }));
const shows = (at: string, phase: 'Running' | 'Succeeded' | 'Failed' = 'Running'): ServerObservation =>
  online(picture([], [podInfo('u', { reservationId: 'r', phase })], at));
const showsNothing = (at: string): ServerObservation => online(picture([], [], at));

describe('the next step', () => {
  it.each<[ReservationState, string]>([
    ['Held', 'create'],
    ['Creating', 'create'],
    ['Releasing', 'remove'],
    ['Released', 'none'],
    ['Bound', 'none'],
  ])('of a %s reservation that the cluster shows is %s', (state, step) => {
    expect(nextStep(a(state), shows(LATER))).toBe(step);
  });

  it.each<[string, ServerObservation | undefined, number, string]>([
    ['nobody has looked', undefined, 0, 'none'],
    ['the picture is hardly newer than the pod', showsNothing(SOON), 0, 'none'],
    ['the picture does not show it', showsNothing(LATER), 0, 'verify'],
    ['the picture shows only its end', shows(LATER, 'Failed'), 0, 'verify'],
    ['one read missed it, although the picture shows it again', shows(LATER), 1, 'verify'],
  ])('of a Bound one, when %s, follows', (_what, seen, missingCount, step) => {
    expect(nextStep(a('Bound', missingCount), seen)).toBe(step);
  });
});

describe('the wait before the next attempt', () => {
  it('doubles for a create, from half a second to 15 seconds', () => {
    expect([0, 1, 2, 3, 4, 5, 1_000].map((attempt) => delayMs('create', attempt, 2_000))).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
  });

  it('ends at the interval for a delete, and is the interval for a second look', () => {
    expect([0, 1, 2, 3, 4, 9].map((attempt) => delayMs('remove', attempt, 2_000))).toEqual([
      200, 400, 800, 1_600, 2_000, 2_000,
    ]);
    expect([0, 5].map((attempt) => delayMs('verify', attempt, 2_000))).toEqual([2_000, 2_000]);
  });
});

describe('retention', () => {
  const finished = (id: string, changedAt: string): PodRecord =>
    pod(id, reservation(`r-${id}`, {}, { state: 'Released', changedAt }));
  const after = (pods: readonly PodRecord[], before: string): string[] => {
    const state: DurableState = {
      rev: 1,
      servers: { 'server-1': entry(server('server-1'), pods) },
      idempotency: {},
      access: { adminTokenHash: null },
    };
    const next = produce(state, (draft) => dropFinished(draft, before));
    return Object.keys(next.servers['server-1']?.pods ?? {});
  };

  it('drops what ended before the limit and never what is open, however old', () => {
    const open = pod('open', reservation('r', {}, { state: 'Releasing', changedAt: '2020-01-01T00:00:00.000Z' }));
    expect(after([open, finished('old', AT), finished('new', LATER)], SOON)).toEqual(['open', 'new']);
  });

  it('keeps only the newest 200 that ended', () => {
    const at = (index: number): string => new Date(Date.parse(AT) + index).toISOString();
    const left = after(
      Array.from({ length: 250 }, (_, index) => finished(`p${index}`, at(index))),
      '2020',
    );
    expect([left.length, left.includes('p249'), left.includes('p49')]).toEqual([200, true, false]);
  });

  it('leaves the document untouched when there is nothing to drop', () => {
    const state: DurableState = {
      rev: 1,
      servers: { 'server-1': entry(server('server-1'), [finished('new', LATER)]) },
      idempotency: {},
      access: { adminTokenHash: null },
    };
    expect(produce(state, (draft) => dropFinished(draft, AT))).toBe(state);
  });
});
