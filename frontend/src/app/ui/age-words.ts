const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** "now", "12 s", "4 min", "3 h", "2 d": how long ago, in one short piece. */
export function ageWords(seconds: number): string {
  if (seconds < 1) return 'now';
  if (seconds < MINUTE) return `${Math.floor(seconds)} s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h`;
  return `${Math.floor(seconds / DAY)} d`;
}

/** Seconds from `at` to `nowMs`, never negative; null when `at` is no instant. */
export function ageSeconds(at: string | null, nowMs: number): number | null {
  const atMs = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(atMs) ? null : Math.max(0, (nowMs - atMs) / 1_000);
}
