const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** `4 minutes`: the largest unit of which there are at least two, so that `90 seconds` is not rounded to a minute. */
export function ageInWords(ms: number): string {
  for (const [unit, unitMs] of UNITS) {
    const amount = Math.floor(ms / unitMs);
    if (amount >= 2) return `${amount} ${unit}s`;
  }
  return ms >= 1_000 ? '1 second' : 'less than a second';
}
