/** Rows of a form that a user adds, edits and removes. Pure; an id is never one of a row that is there. */
interface FormRow {
  readonly id: number;
}

export function nextRowId(rows: readonly FormRow[]): number {
  return rows.reduce((max, { id }) => Math.max(max, id + 1), 0);
}

/** The same rows with one changed; the very same when there is no row of this id. */
export function withRow<T extends FormRow>(rows: readonly T[], id: number, change: Partial<T>): readonly T[] {
  const index = rows.findIndex((row) => row.id === id);
  const row = rows[index];
  return row ? rows.with(index, { ...row, ...change }) : rows;
}
