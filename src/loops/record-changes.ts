import { filter, mergeMap, type Observable } from 'rxjs';
import type { ServerRecord } from '../domain/server.js';

/**
 * From the stream of all changes, the ids of servers whose record was added, edited or removed. Facts that jobs write change no record,
 * so a job that listens here is not woken by its own writing. Costs one comparison per changed server.
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
  );
}
