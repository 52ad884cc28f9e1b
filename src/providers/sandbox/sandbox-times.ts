/** How long things take in a pretend cluster. All in milliseconds; tests make them short. */
export interface SandboxTimes {
  /** From Pending to Running. */
  readonly startMs: number;
  /** More of it for images named `/slow`. */
  readonly slowMs: number;
  /** From a delete to gone. */
  readonly stopMs: number;
  /** The same for images named `/sticky`. */
  readonly stickyMs: number;
  /** How long a container of `/crash` or `/oom` runs. */
  readonly crashMs: number;
  /** First pause before a restart; doubles up to 30 times itself. */
  readonly restartMs: number;
  /** A quiet watch says `alive` this often. */
  readonly aliveMs: number;
  /** A watch ends by itself after this. */
  readonly watchMs: number;
  /** Between two lines of a log. */
  readonly logLineMs: number;
}

export const SANDBOX_TIMES: SandboxTimes = {
  startMs: 800,
  slowMs: 5_000,
  stopMs: 500,
  stickyMs: 8_000,
  crashMs: 1_000,
  restartMs: 2_000,
  aliveMs: 5_000,
  watchMs: 240_000,
  logLineMs: 1_000,
};
