export interface Spread {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that `share` of all do not exceed. @throws RangeError without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const found = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (found === undefined) throw new RangeError('there is nothing to measure');
  return found;
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

export function spread(values: readonly number[]): Spread {
  return {
    count: values.length,
    mean: values.reduce((sum, each) => sum + each, 0) / values.length,
    p50: median(values),
    p99: quantile(values, 0.99),
    max: quantile(values, 1),
  };
}
