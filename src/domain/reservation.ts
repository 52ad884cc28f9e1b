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
import type { ResourceVector } from './resources.js';

export const RESERVATION_STATES = ['Held', 'Creating', 'Bound', 'Releasing', 'Released'] as const;
export type ReservationState = (typeof RESERVATION_STATES)[number];

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
  /** Why it is where it is: an error code and words for people; empty when all is well. */
  readonly code: string;
  readonly message: string;
}
