/** Time as the jobs see it. Durations come from the monotonic reading, so that a step of the wall clock starts nothing. */
export abstract class Clock {
  /** Milliseconds from an arbitrary start; never goes back. */
  abstract monotonicMs(): number;

  /** The wall clock, for what people read. */
  abstract now(): Date;
}

export class SystemClock extends Clock {
  monotonicMs(): number {
    return performance.now();
  }

  now(): Date {
    return new Date();
  }
}
