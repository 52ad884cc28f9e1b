import type { MasterState } from '../domain/master-state.js';

const numbers = new WeakMap<MasterState, number>();
let last = 0;

/** A number per snapshot, for ETags: snapshots are immutable, so the same object is the same picture. */
export function snapshotRevision(state: MasterState): string {
  const known = numbers.get(state) ?? (last += 1);
  numbers.set(state, known);
  return String(known);
}
