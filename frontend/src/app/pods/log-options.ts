/** The choices above a log. */
export interface Choice {
  readonly label: string;
  /** Null: no limit. */
  readonly value: number | null;
}

export const TAILS: readonly Choice[] = [
  { label: 'Last 100 lines', value: 100 },
  { label: 'Last 1,000 lines', value: 1_000 },
  { label: 'Last 10,000 lines', value: 10_000 },
  { label: 'All lines', value: null },
];

export const SINCES: readonly Choice[] = [
  { label: 'Whenever', value: null },
  { label: 'Last 5 minutes', value: 300 },
  { label: 'Last hour', value: 3_600 },
  { label: 'Last day', value: 86_400 },
];
