import { Injectable, signal } from '@angular/core';

const TICK_MS = 1_000;
/** Date headers have whole seconds: a smaller difference is no difference. */
const TOLERATED_SKEW_MS = 2_000;

/**
 * One clock for the page: every age ticks from `now`.
 * It shows the server's time: ages stay right on a computer whose own clock is wrong.
 */
@Injectable({ providedIn: 'root' })
export class Clock {
  readonly #now = signal(Date.now());
  #skewMs = 0;

  /** Milliseconds since 1970, by the server's clock; changes once a second. */
  readonly now = this.#now.asReadonly();

  constructor() {
    setInterval(() => this.#now.set(this.read()), TICK_MS);
  }

  /** The instant itself, for marks between two ticks. */
  read(): number {
    return Date.now() + this.#skewMs;
  }

  /** `date`: the Date header of an answer. */
  learn(date: string | null): void {
    const serverMs = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) return;
    const skewMs = serverMs - Date.now();
    this.#skewMs = Math.abs(skewMs) < TOLERATED_SKEW_MS ? 0 : skewMs;
  }
}
