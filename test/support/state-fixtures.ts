import type { PodRecord } from '../../src/domain/pod.js';
import { initialObservation } from '../../src/domain/observation.js';
import type { NodeInfo } from '../../src/domain/node.js';
import type { PodInfo } from '../../src/domain/pod-info.js';
import { resources } from '../../src/domain/resources.js';
import type { ServerEntry } from '../../src/domain/master-state.js';
import type { ServerObservation, ServerRecord } from '../../src/domain/server.js';

const GIB = 1_024 ** 3;
export const AT = '2026-11-23T09:00:00.000Z';

export function aServer(id: string, some: Partial<ServerRecord> = {}): ServerRecord {
  return {
    id,
    name: `name of ${id}`,
    tags: [],
    location: 'rack 1',
    connection: {
      kind: 'sandbox',
      seed: 1,
      nodeCount: 1,
      cpuMilliPerNode: 8_000,
      memoryBytesPerNode: 32 * GIB,
      storageBytesPerNode: 100 * GIB,
      gpuCountPerNode: 0,
      latencyMs: 1,
      failureRate: 0,
    },
    credential: null,
    connectionRevision: 1,
    clusterUid: '',
    namespace: 'berth',
    isPaused: false,
    isRemoving: false,
    healthIntervalSeconds: null,
    refreshIntervalSeconds: null,
    registeredAt: AT,
    ...some,
  };
}

export function aPod(id: string, serverId: string): PodRecord {
  return {
    id,
    name: id,
    serverId,
    spec: { image: 'nginx:1.29', command: [], args: [], env: [], ports: [], runAsNonRoot: false },
    reservation: {
      id: `reservation-${id}`,
      state: 'Bound',
      nodeName: 'node-1',
      amounts: resources({ cpuMilli: 250, memoryBytes: GIB, storageBytes: GIB, podCount: 1 }),
      gpuResource: null,
      createAttempts: 1,
      createDeadlineAt: AT,
      missingCount: 0,
      changedAt: AT,
      code: '',
      message: '',
    },
    launchedBy: 'admin',
    launchedAt: AT,
  };
}

export function anEntry(serverId: string, podCount = 0): ServerEntry {
  const ids = Array.from({ length: podCount }, (_, index) => `${serverId}-pod-${index}`);
  return { server: aServer(serverId), pods: Object.fromEntries(ids.map((id) => [id, aPod(id, serverId)])) };
}

export function aNode(name: string): NodeInfo {
  const amounts = resources({ cpuMilli: 8_000, memoryBytes: 32 * GIB, storageBytes: 100 * GIB, podCount: 110 });
  return {
    name,
    capacity: amounts,
    allocatable: amounts,
    isReady: true,
    isCordoned: false,
    taints: [],
    gpuResource: null,
    kubeletVersion: 'v1.34.1',
    osImage: 'Ubuntu 24.04',
    architecture: 'amd64',
    usage: null,
  };
}

export function aSeenPod(uid: string): PodInfo {
  return {
    uid,
    namespace: 'berth',
    name: uid,
    nodeName: 'node-1',
    reservationId: null,
    phase: 'Running',
    isReady: true,
    isTerminating: false,
    isUnschedulable: false,
    request: resources({ cpuMilli: 250, memoryBytes: GIB, podCount: 1 }),
    containers: [
      {
        name: 'main',
        image: 'nginx:1.29',
        state: 'running',
        reason: '',
        message: '',
        exitCode: null,
        restartCount: 0,
        lastTermination: null,
      },
    ],
    failure: null,
    createdAt: AT,
    startedAt: AT,
    usage: null,
  };
}

/** A server that is online, with one node and `podCount` pods. */
export function anObservation(podCount = 0): ServerObservation {
  const uids = Array.from({ length: podCount }, (_, index) => `uid-${index}`);
  return {
    ...initialObservation(AT, 'Online'),
    resources: {
      nodes: { 'node-1': aNode('node-1') },
      pods: Object.fromEntries(uids.map((uid) => [uid, aSeenPod(uid)])),
      observedAt: AT,
      listedAt: AT,
    },
  };
}
