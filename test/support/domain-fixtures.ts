/** Small, whole examples of domain objects; each test says only what matters to it. */
import type { ServerEntry } from '../../src/domain/master-state.js';
import type { NodeInfo } from '../../src/domain/node.js';
import type { PodInfo } from '../../src/domain/pod-info.js';
import type { PodRecord } from '../../src/domain/pod.js';
import { hold, type Reservation } from '../../src/domain/reservation.js';
import { resources, type ResourceVector } from '../../src/domain/resources.js';
import type { ServerObservation, ServerRecord, ServerResources } from '../../src/domain/server.js';
import { initialObservation, pictureOf } from '../../src/domain/observation.js';

export const GIB = 2 ** 30;
export const AT = '2026-11-23T09:00:00.000Z';

export const claim = (some: Partial<ResourceVector>): ResourceVector => resources({ podCount: 1, ...some });

export function node(name: string, some: Partial<ResourceVector> = {}, rest: Partial<NodeInfo> = {}): NodeInfo {
  const allocatable = resources({
    cpuMilli: 4_000,
    memoryBytes: 8 * GIB,
    storageBytes: 100 * GIB,
    podCount: 110,
    ...some,
  });
  return {
    name,
    capacity: allocatable,
    allocatable,
    isReady: true,
    isCordoned: false,
    taints: [],
    gpuResource: allocatable.gpuCount > 0 ? 'nvidia.com/gpu' : null,
    kubeletVersion: 'v1.36.4',
    osImage: 'Ubuntu 24.04',
    architecture: 'amd64',
    usage: null,
    ...rest,
  };
}

export function podInfo(uid: string, rest: Partial<PodInfo> = {}): PodInfo {
  return {
    uid,
    namespace: 'default',
    name: uid,
    nodeName: 'node-1',
    reservationId: null,
    phase: 'Running',
    isReady: true,
    isTerminating: false,
    isUnschedulable: false,
    request: claim({ cpuMilli: 100 }),
    containers: [],
    failure: null,
    createdAt: AT,
    startedAt: AT,
    usage: null,
    ...rest,
  };
}

export function reservation(
  id: string,
  amounts: Partial<ResourceVector>,
  rest: Partial<Reservation> = {},
): Reservation {
  return { ...hold(id, 'node-1', claim(amounts), null, AT), ...rest };
}

export function pod(id: string, ofReservation: Reservation, rest: Partial<PodRecord> = {}): PodRecord {
  return {
    id,
    name: id,
    serverId: 'server-1',
    spec: { image: 'web:1', command: [], args: [], env: [], ports: [], runAsNonRoot: false },
    reservation: ofReservation,
    launchedBy: 'admin',
    launchedAt: AT,
    ...rest,
  };
}

export function server(id: string, rest: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id,
    name: id,
    tags: [],
    location: '',
    connection: { kind: 'in-cluster' },
    credential: null,
    connectionRevision: 1,
    clusterUid: '',
    namespace: 'berth',
    isPaused: false,
    isRemoving: false,
    healthIntervalSeconds: null,
    refreshIntervalSeconds: null,
    registeredAt: AT,
    ...rest,
  };
}

export function entry(record: ServerRecord, pods: readonly PodRecord[] = []): ServerEntry {
  return { server: record, pods: Object.fromEntries(pods.map((each) => [each.id, each])) };
}

export function picture(nodes: readonly NodeInfo[], pods: readonly PodInfo[] = [], at = AT): ServerResources {
  return pictureOf(nodes, pods, at);
}

export function online(resourcesSeen: ServerResources): ServerObservation {
  return { ...initialObservation(AT, 'Online'), resources: resourcesSeen };
}
