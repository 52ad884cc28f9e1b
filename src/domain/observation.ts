import type { ServerObservation, ServerState } from './server.js';

/** What is known of a server before anybody looked: nothing, so its capacity is unknown and nothing can be reserved there. */
export function initialObservation(at: string, state: ServerState = 'Connecting'): ServerObservation {
  return {
    status: { state, code: '', message: '', since: at },
    checks: [],
    checkedAt: null,
    latencyHistory: [],
    facts: null,
    resources: null,
    refreshError: null,
  };
}
