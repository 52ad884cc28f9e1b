const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How long to wait before attempt `attempt` (1, 2, …): doubled each time, up to 30 s. `random` (0 to 1) spreads many pages apart. */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(full * (0.5 + random / 2));
}
