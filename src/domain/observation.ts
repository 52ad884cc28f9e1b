import type { NodeInfo } from './node.js';
import type { PodInfo } from './pod-info.js';
import type { ServerObservation, ServerResources, ServerState } from './server.js';

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

/** The picture that a full list gives. `at`: when the list began, so that its age is never understated. */
export function pictureOf(nodes: readonly NodeInfo[], pods: readonly PodInfo[], at: string): ServerResources {
  return {
    nodes: Object.fromEntries(nodes.map((node) => [node.name, node])),
    pods: Object.fromEntries(pods.map((pod) => [pod.uid, pod])),
    observedAt: at,
    listedAt: at,
  };
}
