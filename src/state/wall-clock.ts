/** Injection token of the wall clock, so that a test can set it. Used for instants that people read, never for durations. */
export const WALL_CLOCK = Symbol('wall clock');
export type WallClock = () => Date;
