import { filter, mergeMap, type Observable } from 'rxjs';
import type { ServerObservation } from '../domain/server.js';

/** Whether the last probe got through to the Kubernetes API. */
function isReached(seen: ServerObservation): boolean {
  const api = seen.checks.find((check) => check.name === 'api');
  return api?.result === 'pass' || api?.result === 'warn';
}

/** The ids of servers that answer again after they did not. Costs one look per changed server. */
export function recoveries(
  changes$: Observable<{ readonly serverIds: readonly string[] }>,
  seenOf: (serverId: string) => ServerObservation | undefined,
): Observable<string> {
  const wasReached = new Map<string, boolean>();
  return changes$.pipe(
    mergeMap(({ serverIds }) => serverIds),
    filter((serverId) => {
      const seen = seenOf(serverId);
      const before = wasReached.get(serverId);
      if (!seen) return wasReached.delete(serverId) && false;
      const now = isReached(seen);
      wasReached.set(serverId, now);
      return now && before === false;
    }),
  );
}
