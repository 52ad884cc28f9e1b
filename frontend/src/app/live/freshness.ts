import type { StreamState } from './event-stream';

/** The server beats every 15 s: a longer silence is told. */
const QUIET_MS = 20_000;

export type Freshness =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'stale'; readonly ageSeconds: number }
  | {
      readonly kind: 'reconnecting';
      readonly attempt: number;
      /** Null: never heard anything. */
      readonly ageSeconds: number | null;
      /** Null: being tried right now. */
      readonly retryInSeconds: number | null;
    };

/** How much the page can be trusted. `heardAt`: when the stream last said anything, 0 for never. */
export function freshnessOf(state: StreamState, heardAt: number, now: number): Freshness {
  const ageSeconds = heardAt === 0 ? null : Math.max(0, Math.round((now - heardAt) / 1_000));
  switch (state.kind) {
    case 'live':
      return now - heardAt > QUIET_MS && ageSeconds !== null ? { kind: 'stale', ageSeconds } : { kind: 'live' };
    case 'waiting': {
      const retryInSeconds = Math.max(0, Math.ceil((state.retryAt - now) / 1_000));
      return { kind: 'reconnecting', attempt: state.attempt, ageSeconds, retryInSeconds };
    }
    case 'connecting':
      if (state.attempt === 0) return ageSeconds === null ? { kind: 'starting' } : { kind: 'stale', ageSeconds };
      return { kind: 'reconnecting', attempt: state.attempt, ageSeconds, retryInSeconds: null };
    case 'hidden':
    case 'closed':
      return ageSeconds === null ? { kind: 'starting' } : { kind: 'stale', ageSeconds };
  }
}
