import { type Draft, original } from 'immer';
import type { DurableState } from '../domain/master-state.js';
import { isOpen } from '../domain/reservation.js';

/** Finished pods that one server keeps at most; so a launcher in a loop cannot fill the state. */
const KEPT_PER_SERVER = 200;

/** Forgets released pods that changed before `before`, and all but the newest of each server. Open reservations are never touched. */
export function dropFinished(draft: Draft<DurableState>, before: string): void {
  const base: DurableState = original(draft) ?? draft;
  for (const [serverId, entry] of Object.entries(base.servers)) {
    const finished = Object.values(entry.pods)
      .filter((pod) => !isOpen(pod.reservation))
      .sort((a, b) => (a.reservation.changedAt < b.reservation.changedAt ? 1 : -1));
    finished.forEach((pod, index) => {
      if (index >= KEPT_PER_SERVER || pod.reservation.changedAt < before) delete draft.servers[serverId]?.pods[pod.id];
    });
  }
}
