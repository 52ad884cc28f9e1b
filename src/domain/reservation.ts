/**
 * The durable claim of a pod on one node, and the only ways it may change.
 *
 *            reserve (durable)        call sent          label seen on the cluster
 *   request ─────────────► Held ─────────────► Creating ─────────────► Bound ──┐ delete, or vanished twice
 *                           │ cancelled           │ clear refusal       │       ▼
 *                           ▼                     ▼                     │   Releasing ──► Released
 *                        Released              Released                 │       ▲   quorum read says gone, and it
 *                                                 │ unclear: stays      └───────┘   began after the last create's
 *                                                 └── cancelled ────────────────┘   deadline
 *
 * Invariant: from the moment it leaves Held, only evidence from the cluster leads to Released (or an admin's logged order).
 */
import type { ErrorCode } from './errors.js';
import type { ResourceVector } from './resources.js';

export const RESERVATION_STATES = ['Held', 'Creating', 'Bound', 'Releasing', 'Released'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

export type ReservationCode = '' | 'CANCELLED' | 'DELETED' | 'VANISHED' | 'FORCED' | ErrorCode;

export interface Reservation {
  /** The uuid that the `berth.dev/reservation` label carries. */
  readonly id: string;
  readonly state: ReservationState;
  readonly nodeName: string;
  readonly amounts: ResourceVector;
  /** The node's GPU resource at the time of reserving; null when no GPU is asked for. */
  readonly gpuResource: string | null;
  /** How many creates were begun. Zero: nothing can have reached the cluster. */
  readonly createAttempts: number;
  /** Until then a create already sent may still take effect; null while none was sent. ISO instant. */
  readonly createDeadlineAt: string | null;
  /** Quorum reads in a row that found a Bound pod gone. */
  readonly missingCount: number;
  readonly changedAt: string;
  /** Why it is where it is, with words for people; empty when all is well. */
  readonly code: ReservationCode;
  readonly message: string;
}

/** Quorum reads that must agree before a Bound pod counts as vanished. */
const VANISHED_AFTER = 2;

/** A change that the diagram has no arrow for: a mistake of ours, never of a user. */
export class IllegalTransition extends Error {
  constructor(reservation: Reservation, wanted: string) {
    super(`reservation ${reservation.id} cannot go from ${reservation.state} by ${wanted}`);
  }
}

export function hold(
  id: string,
  nodeName: string,
  amounts: ResourceVector,
  gpuResource: string | null,
  at: string,
): Reservation {
  return {
    id,
    state: 'Held',
    nodeName,
    amounts,
    gpuResource,
    createAttempts: 0,
    createDeadlineAt: null,
    missingCount: 0,
    changedAt: at,
    code: '',
    message: '',
  };
}

export const isOpen = (reservation: Reservation): boolean => reservation.state !== 'Released';

/** An earlier create got no clear answer, so it may still be on its way. */
const hasUnclearPast = (reservation: Reservation): boolean => reservation.createAttempts > 1;

/** A create is about to be sent; `lateUntil` is when it can no longer take effect. Durable before the call. */
export function beginCreate(reservation: Reservation, at: string, lateUntil: string): Reservation {
  if (reservation.state !== 'Held' && reservation.state !== 'Creating')
    throw new IllegalTransition(reservation, 'beginCreate');
  return {
    ...reservation,
    state: 'Creating',
    createAttempts: reservation.createAttempts + 1,
    createDeadlineAt: lateUntil,
    changedAt: at,
  };
}

/** The cluster has the pod. A cancelled one stays Releasing: there is now something to delete. */
export function created(reservation: Reservation, at: string): Reservation {
  if (reservation.state !== 'Creating' && reservation.state !== 'Releasing')
    throw new IllegalTransition(reservation, 'created');
  const createDeadlineAt = hasUnclearPast(reservation) ? reservation.createDeadlineAt : null;
  if (reservation.state === 'Releasing') return { ...reservation, createDeadlineAt };
  return { ...reservation, state: 'Bound', createDeadlineAt, changedAt: at, code: '', message: '' };
}

/** The create certainly has no effect. After an unclear attempt that says nothing about the earlier one: look, then release. */
export function refused(reservation: Reservation, at: string, code: ErrorCode, message: string): Reservation {
  if (reservation.state !== 'Creating' && reservation.state !== 'Releasing')
    throw new IllegalTransition(reservation, 'refused');
  const reason = reservation.state === 'Releasing' ? {} : { code, message };
  return { ...reservation, ...reason, state: hasUnclearPast(reservation) ? 'Releasing' : 'Released', changedAt: at };
}

/** The create's outcome is unknown: nothing moves, the user sees why. */
export function unclear(reservation: Reservation, code: ErrorCode, message: string): Reservation {
  return reservation.state === 'Creating' ? { ...reservation, code, message } : reservation;
}

/** The user wants it gone. Only a Held one, of which nothing was sent, is released at once. */
export function giveUp(
  reservation: Reservation,
  at: string,
  code: 'CANCELLED' | 'DELETED',
  message: string,
): Reservation {
  if (reservation.state === 'Releasing' || reservation.state === 'Released') return reservation;
  return {
    ...reservation,
    state: reservation.state === 'Held' ? 'Released' : 'Releasing',
    changedAt: at,
    code,
    message,
  };
}

/** A quorum read that began at `readAt` found nothing. Too early a read proves nothing: a create may still arrive. */
export function foundGone(reservation: Reservation, readAt: string, at: string): Reservation {
  if (reservation.createDeadlineAt !== null && readAt < reservation.createDeadlineAt) return reservation;
  if (reservation.state === 'Releasing') return { ...reservation, state: 'Released', changedAt: at };
  if (reservation.state !== 'Bound') return reservation;
  const missingCount = reservation.missingCount + 1;
  if (missingCount < VANISHED_AFTER) return { ...reservation, missingCount };
  const message = 'The pod was deleted on the cluster, outside of Berth.';
  return { ...reservation, state: 'Released', missingCount, changedAt: at, code: 'VANISHED', message };
}

export function foundPresent(reservation: Reservation): Reservation {
  return reservation.missingCount === 0 ? reservation : { ...reservation, missingCount: 0 };
}

/** An admin takes the room back although the cluster cannot be asked: explicit, logged, at the admin's risk. */
export function force(reservation: Reservation, at: string, message: string): Reservation {
  return { ...reservation, state: 'Released', changedAt: at, code: 'FORCED', message };
}
