import { asapScheduler, auditTime, filter, mergeMap, type Observable } from 'rxjs';
import type { ServerRecord } from '../domain/server.js';

/**
 * From the stream of all changes, a sign that records of servers were added, edited or removed; the id is the last of them. Facts that
 * jobs write change no record, so a job that listens here is not woken by its own writing. Costs one comparison per changed server.
 * Many changes at once give one sign, and it comes after the change has reached everybody: what a listener writes keeps its order.
 */
export function recordChanges(
  changes$: Observable<{ readonly serverIds: readonly string[] }>,
  recordOf: (serverId: string) => ServerRecord | undefined,
): Observable<string> {
  const seen = new Map<string, ServerRecord>();
  return changes$.pipe(
    mergeMap(({ serverIds }) => serverIds),
    filter((serverId) => {
      const record = recordOf(serverId);
      const isSame = seen.get(serverId) === record;
      if (record) seen.set(serverId, record);
      else seen.delete(serverId);
      return !isSame;
    }),
    auditTime(0, asapScheduler),
  );
}
