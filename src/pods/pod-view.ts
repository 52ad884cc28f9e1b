import { toAmounts } from '../domain/amounts.js';
import type { ContainerInfo } from '../domain/pod-info.js';
import { currentPod, podStatus } from '../domain/pod-status.js';
import { toUsage } from '../http/usage-view.js';
import type { ContainerDto, PodDto } from './pod.dto.js';
import type { PodSight } from './pod-manager.js';
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
    observedAt: resources?.observedAt ?? null,
    ageSeconds: resources ? Math.max(0, Math.round((nowMs - Date.parse(resources.observedAt)) / 1000)) : null,
  };
}
