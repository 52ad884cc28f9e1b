/** What may be done with a pod in its state. Pure; the server has the last word. */
import type { PodDto } from '../api/models/pod-dto';
import type { ServerDto } from '../api/models/server-dto';
import type { ManagedPod } from './managed-pod';

export type PodAct = 'delete' | 'cancel';

const OVER: ReadonlySet<PodDto['state']> = new Set(['Deleted', 'Cancelled', 'Vanished', 'Failed', 'Finished']);

export const isOver = ({ state }: Pick<PodDto, 'state'>): boolean => OVER.has(state);

/** Its room has been asked back or given back already. */
const isLeaving = ({ reservation }: ManagedPod): boolean =>
  reservation.state === 'Releasing' || reservation.state === 'Released';

export const canDelete = (pod: ManagedPod): boolean => !isLeaving(pod);

/** Before the cluster has confirmed it. */
export const canCancel = ({ reservation }: ManagedPod): boolean =>
  reservation.state === 'Held' || reservation.state === 'Creating';

/** Only from a server that cannot be asked: there, a delete waits for ever. */
export const canRelease = (pod: ManagedPod, server: ServerDto | undefined): boolean =>
  pod.reservation.state !== 'Released' &&
  server !== undefined &&
  server.state !== 'Online' &&
  server.state !== 'Degraded';
