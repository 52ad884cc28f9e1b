/** When a loop runs again. Pure: randomness is handed in as a number from 0 up to, not including, 1. */

/** Milliseconds. The wait after the n-th failure in a row is anywhere from zero to min(capMs, baseMs × 2^(n-1)). */
export interface Backoff {
  readonly baseMs: number;
  readonly capMs: number;
}

const JITTER = 0.1;
const MOST_DOUBLINGS = 30;

/** 90 to 110 % of the interval, so that loops that began together drift apart. */
export function jitteredMs(intervalMs: number, random: number): number {
  return Math.round(intervalMs * (1 - JITTER + 2 * JITTER * random));
}

/** Full jitter: servers that fell together do not come back together. */
export function backoffMs(failuresInARow: number, backoff: Backoff, random: number): number {
  const doublings = Math.min(MOST_DOUBLINGS, Math.max(0, failuresInARow - 1));
  return Math.round(Math.min(backoff.capMs, backoff.baseMs * 2 ** doublings) * random);
}

export interface Pause {
  readonly intervalMs: number;
  readonly failuresInARow: number;
  /** Null: a failure waits as long as a success does. */
  readonly backoff: Backoff | null;
}

/** How long to wait after a run has ended. Milliseconds. */
export function pauseMs(pause: Pause, random: number): number {
  if (pause.failuresInARow === 0 || pause.backoff === null) return jitteredMs(pause.intervalMs, random);
  return backoffMs(pause.failuresInARow, pause.backoff, random);
}
