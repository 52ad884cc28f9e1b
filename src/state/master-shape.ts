/** The structure of everything in master.json, field by field. What differs is refused, at the start and before it is written. */
import type {
  AccessState,
  DurableState,
  IdempotencyRecord,
  ServerEntry,
  SessionRecord,
} from '../domain/master-state.js';
import type { NodeInfo, Taint, Usage } from '../domain/node.js';
import { FAILURE_REASONS, type ContainerInfo, type PodFailure, type PodInfo } from '../domain/pod-info.js';
import type { LaunchSpec, PodRecord, PortSpec } from '../domain/pod.js';
import { RESERVATION_STATES, type Reservation, type ReservationCode } from '../domain/reservation.js';
import type { ResourceVector } from '../domain/resources.js';
import type { SealedSecret } from '../domain/secret.js';
import {
  HEALTH_CHECKS,
  SANDBOX_TROUBLES,
  SERVER_STATES,
  type ConnectionFacts,
  type HealthCheck,
  type LatencySample,
  type SandboxConnection,
  type SandboxScene,
  type ServerConnection,
  type ServerObservation,
  type ServerRecord,
  type ServerResources,
  type ServerStatus,
} from '../domain/server.js';
import {
  anything,
  array,
  comparableInstant,
  count,
  finite,
  flag,
  instant,
  integer,
  nullable,
  object,
  oneOf,
  optional,
  record,
  remembered,
  type Shape,
  ShapeError,
  text,
  textOf,
  variants,
} from './shape.js';
import type { ServerDelta, StateDelta } from './state-delta.js';

const vector = object<ResourceVector>({
  cpuMilli: count,
  memoryBytes: count,
  storageBytes: count,
  gpuCount: count,
  podCount: count,
});
const usage = object<Usage>({ cpuMilli: finite, memoryBytes: finite, observedAt: instant });
const sealed = object<SealedSecret>({ keyId: text, box: text });

const connection = variants<ServerConnection>({
  ssh: object({
    kind: oneOf(['ssh']),
    host: text,
    port: count,
    username: text,
    hostKey: object({ type: text, fingerprint: text }),
    useTunnel: flag,
  }),
  kubeconfig: object({ kind: oneOf(['kubeconfig']), apiServer: text, context: nullable(text) }),
  'in-cluster': object({ kind: oneOf(['in-cluster']) }),
  sandbox: object<SandboxConnection>({
    kind: oneOf(['sandbox']),
    seed: integer,
    nodeCount: count,
    cpuMilliPerNode: count,
    memoryBytesPerNode: count,
    storageBytesPerNode: count,
    gpuCountPerNode: count,
    latencyMs: finite,
    failureRate: finite,
    scene: optional(
      object<SandboxScene>({ neighboursPerNode: count, changesPerMinute: finite, trouble: oneOf(SANDBOX_TROUBLES) }),
    ),
  }),
});

const server = object<ServerRecord>({
  id: text,
  name: text,
  tags: array(text),
  location: text,
  connection,
  credential: nullable(object({ kind: oneOf(['password', 'private-key', 'kubeconfig']), sealed })),
  connectionRevision: count,
  clusterUid: text,
  namespace: text,
  isPaused: flag,
  isRemoving: flag,
  healthIntervalSeconds: nullable(count),
  refreshIntervalSeconds: nullable(count),
  registeredAt: instant,
});

const reservation = object<Reservation>({
  id: text,
  state: oneOf(RESERVATION_STATES),
  nodeName: text,
  amounts: vector,
  gpuResource: nullable(text),
  createAttempts: count,
  createDeadlineAt: nullable(comparableInstant),
  missingCount: count,
  changedAt: instant,
  code: textOf<ReservationCode>(),
  message: text,
});

const launch = object<LaunchSpec>({
  image: text,
  command: array(text),
  args: array(text),
  env: array(object({ name: text, value: text })),
  ports: array(object<PortSpec>({ containerPort: count, protocol: oneOf(['TCP', 'UDP']) })),
  runAsNonRoot: flag,
});

const pod = object<PodRecord>({
  id: text,
  name: text,
  serverId: text,
  spec: launch,
  reservation,
  launchedBy: text,
  launchedAt: instant,
});

const entryFields = object<ServerEntry>({ server, pods: record(remembered(pod)) });

const entry = remembered<ServerEntry>((value, path) => {
  entryFields(value, path);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the line above has checked it
  const { server: owner, pods } = value as ServerEntry;
  for (const [id, each] of Object.entries(pods)) {
    if (each.id !== id) throw new ShapeError(`${path}.pods.${id}.id`, 'its key');
    if (each.serverId !== owner.id) throw new ShapeError(`${path}.pods.${id}.serverId`, `its server ${owner.id}`);
  }
});

const entries = record(entry);
const servers: Shape<DurableState['servers']> = (value, path) => {
  entries(value, path);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the line above has checked it
  for (const [id, each] of Object.entries(value as DurableState['servers'])) {
    if (each.server.id !== id) throw new ShapeError(`${path}.${id}.server.id`, 'its key');
  }
};

const outcome = object<IdempotencyRecord>({ fingerprint: text, result: anything, at: instant });

const access = object<AccessState>({
  adminTokenHash: nullable(text),
  sessions: optional(record(object<SessionRecord>({ actor: text, expiresAt: comparableInstant }))),
});

/** @throws ShapeError. What it has seen frozen before is not looked at again. */
export const checkDurable: Shape<DurableState> = object<DurableState>({
  rev: count,
  servers,
  idempotency: record(remembered(record(remembered(outcome)))),
  access,
});

/** @throws ShapeError. Whether a pod stands on its own server shows when the delta was applied. */
export const checkDelta: Shape<StateDelta> = object<StateDelta>({
  from: count,
  rev: count,
  access: optional(access),
  servers: optional(
    record(nullable(object<ServerDelta>({ server: optional(server), pods: optional(record(nullable(pod))) }))),
  ),
  idempotency: optional(record(nullable(record(nullable(outcome))))),
});

const node = object<NodeInfo>({
  name: text,
  capacity: vector,
  allocatable: vector,
  isReady: flag,
  isCordoned: flag,
  taints: array(
    object<Taint>({ key: text, value: text, effect: oneOf(['NoSchedule', 'PreferNoSchedule', 'NoExecute']) }),
  ),
  gpuResource: nullable(text),
  kubeletVersion: text,
  osImage: text,
  architecture: text,
  usage: nullable(usage),
});

const container = object<ContainerInfo>({
  name: text,
  image: text,
  state: oneOf(['waiting', 'running', 'terminated']),
  reason: text,
  message: text,
  exitCode: nullable(integer),
  restartCount: count,
  lastTermination: nullable(object({ reason: text, exitCode: integer, finishedAt: nullable(text) })),
});

const seenPod = object<PodInfo>({
  uid: text,
  namespace: text,
  name: text,
  nodeName: nullable(text),
  reservationId: nullable(text),
  phase: oneOf(['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown']),
  isReady: flag,
  isTerminating: flag,
  isUnschedulable: flag,
  request: vector,
  containers: array(container),
  failure: nullable(object<PodFailure>({ reason: oneOf(FAILURE_REASONS), message: text })),
  createdAt: nullable(text),
  startedAt: nullable(text),
  usage: nullable(usage),
});

/** @throws ShapeError */
export const checkObservation: Shape<ServerObservation> = object<ServerObservation>({
  status: object<ServerStatus>({ state: oneOf(SERVER_STATES), code: text, message: text, since: instant }),
  checks: array(
    object<HealthCheck>({
      name: oneOf(HEALTH_CHECKS),
      result: oneOf(['pass', 'warn', 'fail', 'skipped']),
      latencyMs: nullable(finite),
      message: text,
    }),
  ),
  checkedAt: nullable(instant),
  latencyHistory: array(object<LatencySample>({ at: instant, latencyMs: nullable(finite) })),
  facts: nullable(
    object<ConnectionFacts>({
      kubernetesVersion: text,
      clusterUid: text,
      isTunnelled: flag,
      isRbacOn: nullable(flag),
      certificateExpiresAt: nullable(text),
      kubeconfigSource: text,
    }),
  ),
  resources: nullable(
    object<ServerResources>({
      nodes: record(node),
      pods: record(seenPod),
      observedAt: instant,
      listedAt: instant,
    }),
  ),
  refreshError: nullable(object({ code: text, message: text, at: instant })),
});
