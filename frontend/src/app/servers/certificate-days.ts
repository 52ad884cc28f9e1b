const DAY_MS = 86_400_000;

/** Whole days until `at`; negative when it has passed; null when there is no such instant. */
export function daysLeft(at: string | null, nowMs: number): number | null {
  const atMs = at === null ? Number.NaN : Date.parse(at);
  return Number.isNaN(atMs) ? null : Math.floor((atMs - nowMs) / DAY_MS);
}
