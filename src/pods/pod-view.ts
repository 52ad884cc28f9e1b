import { toAmounts } from '../domain/amounts.js';
import type { ContainerInfo, PodInfo } from '../domain/pod-info.js';
import { currentPod, foreignStatus, podStatus } from '../domain/pod-status.js';
import { toUsage } from '../http/usage-view.js';
import type { ContainerDto, PodDto, PodRowDto } from './pod.dto.js';
import type { PodSight } from './pod-manager.js';
import { keyOf, type PodSpot } from './pod-page.js';
import { referenceOf } from './pod-settler.js';

function containerView(container: ContainerInfo): ContainerDto {
  const { name, state, reason, message, exitCode, restartCount, lastTermination } = container;
  return { name, state, reason, message, exitCode, restartCount, lastReason: lastTermination?.reason ?? '' };
}

/** One pod for the wire. `nowMs`: wall clock, for the age. */
export function podView({ pod, server, seen }: PodSight, nowMs: number): PodDto {
  const { reservation, spec } = pod;
  const resources = seen?.resources ?? null;
  const info = currentPod(reservation.id, resources);
  const reference = referenceOf(pod, server);
  const containers = (info?.containers ?? []).map(containerView);
  return {
    id: pod.id,
    name: pod.name,
    serverId: server.id,
    serverName: server.name,
    nodeName: reservation.nodeName,
    ...podStatus(pod, info, resources?.observedAt ?? null),
    amounts: toAmounts(reservation.amounts),
    reservation: {
      id: reservation.id,
      state: reservation.state,
      changedAt: reservation.changedAt,
      createAttempts: reservation.createAttempts,
    },
    image: spec.image,
    command: spec.command,
    args: spec.args,
    env: spec.env,
    ports: spec.ports,
    clusterName: `${reference.namespace}/${reference.objectName}`,
    restartCount: containers.reduce((total, { restartCount }) => total + restartCount, 0),
    containers,
    usage: toUsage(info?.usage ?? null),
    launchedBy: pod.launchedBy,
    launchedAt: pod.launchedAt,
    startedAt: info?.startedAt ?? null,
    ...ageView(seen, nowMs),
  };
}

function ageView(seen: PodSpot['seen'], nowMs: number): Pick<PodDto, 'observedAt' | 'ageSeconds'> {
  const observedAt = seen?.resources?.observedAt ?? null;
  const ageMs = observedAt === null ? null : nowMs - Date.parse(observedAt);
  return { observedAt, ageSeconds: ageMs === null ? null : Math.max(0, Math.round(ageMs / 1000)) };
}

function foreignRow(info: PodInfo, { server, seen }: PodSpot, nowMs: number): Omit<PodRowDto, 'key'> {
  const containers = info.containers.map(containerView);
  return {
    id: null,
    name: info.name,
    namespace: info.namespace,
    serverId: server.id,
    serverName: server.name,
    nodeName: info.nodeName,
    ...foreignStatus(info),
    amounts: toAmounts(info.request),
    reservation: null,
    image: info.containers[0]?.image ?? '',
    command: [],
    args: [],
    env: [],
    ports: [],
    clusterName: `${info.namespace}/${info.name}`,
    restartCount: containers.reduce((total, { restartCount }) => total + restartCount, 0),
    containers,
    usage: toUsage(info.usage),
    launchedBy: null,
    launchedAt: info.createdAt,
    startedAt: info.startedAt,
    ...ageView(seen, nowMs),
  };
}

/** One line of a list. */
export function podRow(spot: PodSpot, nowMs: number): PodRowDto {
  const key = keyOf(spot);
  const { record, info, server, seen } = spot;
  if (record) {
    return Object.assign({ key, namespace: server.namespace }, podView({ pod: record, server, seen }, nowMs));
  }
  if (info) return { key, ...foreignRow(info, spot, nowMs) };
  throw new Error(`the row ${key} is of no pod`);
}
