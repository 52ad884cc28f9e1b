/** The rows of the bench: each a measured value beside its limit from the same run. */

export interface Row {
  readonly what: string;
  readonly unit: string;
  readonly measured: number;
  /** What nothing on this computer could beat, and how it was measured. */
  readonly limit: { readonly what: string; readonly value: number } | null;
  /** The promise, when there is one. `most` of the measured value, or of its ratio to the limit. */
  readonly target?: { readonly most: number; readonly of: 'value' | 'ratio' | 'difference' };
  readonly note?: string;
}

export interface Failure {
  readonly part: string;
  readonly reason: string;
}

export const ratioOf = ({ measured, limit }: Row): number | null =>
  limit === null || limit.value === 0 ? null : measured / limit.value;

export function isMet(row: Row): boolean | null {
  if (!row.target) return null;
  const { of, most } = row.target;
  const ratio = ratioOf(row);
  if (of === 'ratio') return ratio === null ? null : ratio <= most;
  return (of === 'value' ? row.measured : row.measured - (row.limit?.value ?? 0)) <= most;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}

function targetText({ target, unit }: Row): string {
  if (!target) return '';
  if (target.of === 'ratio') return `≤ ${target.most}×`;
  return target.of === 'value' ? `≤ ${target.most} ${unit}` : `adds ≤ ${target.most} ${unit}`;
}

function cells(row: Row): string[] {
  const ratio = ratioOf(row);
  const verdict = isMet(row);
  return [
    row.what,
    `${number(row.measured)} ${row.unit}`,
    row.limit ? `${number(row.limit.value)} ${row.unit}` : '',
    ratio === null ? '' : `${number(ratio)}×`,
    targetText(row),
    verdict === null ? '' : verdict ? 'met' : 'MISSED',
    [row.limit?.what, row.note].filter(Boolean).join('; '),
  ];
}

const HEAD = ['what', 'measured', 'limit', 'ratio', 'target', '', 'the limit is; notes'];
/** Numbers are read from the right. */
const IS_RIGHT = [false, true, true, true, false, false, false];

export function table(rows: readonly Row[]): string {
  const lines = [HEAD, ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const print = (line: readonly string[]): string =>
    line
      .map((cell, column) => (IS_RIGHT[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return lines.map(print).join('\n');
}
