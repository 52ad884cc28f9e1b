import { Clock } from '../../src/loops/clock.js';

/** Time that stands still until a test moves it. Both readings move together. */
export class FakeClock extends Clock {
  #ms = 0;

  constructor(private readonly startMs = Date.parse('2026-11-23T09:00:00.000Z')) {
    super();
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  monotonicMs(): number {
    return this.#ms;
  }

  now(): Date {
    return new Date(this.startMs + this.#ms);
  }
}
