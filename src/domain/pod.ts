import type { Reservation } from './reservation.js';
import type { ResourceVector } from './resources.js';

export interface PortSpec {
  readonly containerPort: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** What a user asked to run, as it must survive a restart. */
export interface LaunchSpec {
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly ports: readonly PortSpec[];
  readonly runAsNonRoot: boolean;
}

/** One thing a user launched. On Kubernetes: a Deployment with one replica. */
export interface PodRecord {
  readonly id: string;
  readonly name: string;
  readonly serverId: string;
  readonly spec: LaunchSpec;
  readonly reservation: Reservation;
  readonly launchedBy: string;
  readonly launchedAt: string;
}

/** How a provider knows a pod of ours: fixed before the first call, so that a repeated create is recognised. */
export interface PodReference {
  readonly podId: string;
  /** Value of the `berth.dev/reservation` label. */
  readonly reservationId: string;
  readonly namespace: string;
  /** Name of the Deployment; never used twice. */
  readonly objectName: string;
}

/** All that a provider needs to create the pod. Requests and limits both equal `amounts`; it is pinned to `nodeName`. */
export interface PodOrder {
  readonly reference: PodReference;
  readonly name: string;
  readonly nodeName: string;
  readonly amounts: ResourceVector;
  readonly gpuResource: string | null;
  readonly spec: LaunchSpec;
}
