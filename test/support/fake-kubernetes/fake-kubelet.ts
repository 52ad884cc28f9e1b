/** What a container's status becomes, by the name of its image: the same names as on a pretend node of the live machines. */
import type { KubeObject, Loose } from './fake-store.js';

export type Life = 'missing' | 'crash' | 'oom' | 'slow' | 'sticky' | 'plain';

export function lifeOf(image: string): Life {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return (['missing', 'crash', 'oom', 'slow', 'sticky'] as const).find((each) => name.startsWith(each)) ?? 'plain';
}

export const containersOf = (pod: KubeObject) =>
  (pod.spec?.['containers'] ?? []) as { name: string; image: string; resources?: Loose }[];

const terminated = (reason: string, exitCode: number) => ({
  terminated: { reason, exitCode, finishedAt: new Date().toISOString() },
});

function stateOf(life: Life): Loose {
  switch (life) {
    case 'missing':
      return {
        ready: false,
        restartCount: 0,
        state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image' } },
      };
    case 'crash':
      return {
        ready: false,
        restartCount: 3,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
        lastState: terminated('Error', 3),
      };
    case 'oom':
      return {
        ready: false,
        restartCount: 2,
        state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off restarting failed container' } },
        lastState: terminated('OOMKilled', 137),
      };
    case 'plain':
    case 'slow':
    case 'sticky':
      return { ready: true, restartCount: 0, state: { running: { startedAt: new Date().toISOString() } } };
  }
}

/** Whether the pod's container has ever run, so that there is a log. */
export function hasStarted(pod: KubeObject): boolean {
  const statuses = (pod.status?.['containerStatuses'] ?? []) as { state?: Loose; restartCount?: number }[];
  return statuses.some((each) => each.state?.['running'] !== undefined || (each.restartCount ?? 0) > 0);
}

export function creatingStatus(pod: KubeObject): Loose {
  return {
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'True' }],
    containerStatuses: containersOf(pod).map(({ name, image }) => ({
      name,
      image,
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ContainerCreating' } },
    })),
  };
}

export function startedStatus(pod: KubeObject): Loose {
  const statuses: Loose[] = containersOf(pod).map(({ name, image }) =>
    Object.assign(stateOf(lifeOf(image)), { name, image }),
  );
  const isReady = statuses.every((each) => each['ready'] === true);
  const isPulled = !containersOf(pod).some(({ image }) => lifeOf(image) === 'missing');
  return {
    phase: isPulled ? 'Running' : 'Pending',
    startTime: new Date().toISOString(),
    conditions: [
      { type: 'PodScheduled', status: 'True' },
      { type: 'Ready', status: isReady ? 'True' : 'False' },
    ],
    containerStatuses: statuses,
  };
}
