/**
 * From one look at a server to its status. Pure.
 *
 *   Connecting ──first success──► Online ◄──────────────► Degraded       by what the cluster says, at once
 *       │                           │  strikesDown failures  │
 *       └───── strikesDown ─────► Offline ◄──────────────────┘
 *                                   │  strikesUp successes ──► Online or Degraded
 *   any ──host key is not the confirmed one──► HostKeyChanged, at once; only strikesUp successes lead out
 *   any ──another cluster answers──► Offline, at once
 *
 * Offline: Berth cannot use the server, whether nobody answers or the login is refused; `code` says which. Degraded: the API works, and
 * what is known through it is old or bad. A blip is not a death: failures below strikesDown show in the checks and not in the state.
 * Invariant: HostKeyChanged is never replaced by a failure, so that an alarm does not disappear because the machine went silent.
 */
import type { ErrorCode } from '../domain/errors.js';
import type { ServerState, ServerStatus } from '../domain/server.js';

/** What one look told. `unusable`: no retry mends it, so no strikes are waited for. */
export type Verdict =
  | { readonly kind: 'up' }
  | { readonly kind: 'degraded'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'down' | 'unusable'; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'host-key-changed'; readonly message: string };

/** Results in a row; one of the two is always zero. */
export interface Strikes {
  readonly failures: number;
  readonly successes: number;
}

export interface StrikeLimits {
  readonly strikesDown: number;
  readonly strikesUp: number;
}

export const NO_STRIKES: Strikes = { failures: 0, successes: 0 };

export interface Judged {
  readonly status: ServerStatus;
  readonly strikes: Strikes;
}

/** The same status object when nothing about it changed. `since` moves only with the state. */
export function withStatus(
  current: ServerStatus,
  state: ServerState,
  code: string,
  message: string,
  at: string,
): ServerStatus {
  if (current.state === state && current.code === code && current.message === message) return current;
  return { state, code, message, since: current.state === state ? current.since : at };
}

/** `at`: now, ISO. */
export function judge(
  current: ServerStatus,
  strikes: Strikes,
  verdict: Verdict,
  limits: StrikeLimits,
  at: string,
): Judged {
  switch (verdict.kind) {
    case 'up':
    case 'degraded':
      return succeed(current, strikes, verdict, limits, at);
    case 'host-key-changed': {
      const status = withStatus(current, 'HostKeyChanged', 'HOST_KEY_CHANGED', verdict.message, at);
      return { status, strikes: failed(strikes) };
    }
    case 'down':
    case 'unusable':
      return fail(current, failed(strikes), verdict, limits, at);
  }
}

const failed = (strikes: Strikes): Strikes => ({ failures: strikes.failures + 1, successes: 0 });

function succeed(
  current: ServerStatus,
  before: Strikes,
  verdict: Extract<Verdict, { kind: 'up' | 'degraded' }>,
  limits: StrikeLimits,
  at: string,
): Judged {
  const strikes = { failures: 0, successes: before.successes + 1 };
  const mustProve = current.state === 'Offline' || current.state === 'HostKeyChanged';
  if (mustProve && strikes.successes < limits.strikesUp) return { status: current, strikes };
  const status =
    verdict.kind === 'up'
      ? withStatus(current, 'Online', '', '', at)
      : withStatus(current, 'Degraded', verdict.code, verdict.message, at);
  return { status, strikes };
}

function fail(
  current: ServerStatus,
  strikes: Strikes,
  verdict: Extract<Verdict, { kind: 'down' | 'unusable' }>,
  limits: StrikeLimits,
  at: string,
): Judged {
  if (current.state === 'HostKeyChanged') return { status: current, strikes };
  const isDown = current.state === 'Offline' || verdict.kind === 'unusable' || strikes.failures >= limits.strikesDown;
  if (isDown) return { status: withStatus(current, 'Offline', verdict.code, verdict.message, at), strikes };
  // Nothing is known yet, so the first failure is worth showing while the strikes are counted.
  const isNew = current.state === 'Connecting' || current.state === 'Paused';
  return { status: isNew ? withStatus(current, 'Connecting', verdict.code, verdict.message, at) : current, strikes };
}
