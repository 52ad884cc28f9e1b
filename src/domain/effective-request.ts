/**
 * What a pod claims on its node: the formula of Kubernetes' scheduler, on plain amounts.
 *
 *   max( Σ containers + Σ restartable init,  max over i of( init_i + Σ restartable init before i ) ) + overhead
 *
 * Pod-level requests replace the sum for cpu and memory. Of a container that can be resized in place, the largest of what it asks for,
 * was granted and really has counts; what it asks for is left out when the node said that it will never fit.
 * Source: k8s.io/component-helpers/resource/helpers.go, which calls the formula part of the API.
 * Invariant: never less than upstream's; more only by the rounding up of each container to whole milli-cores and bytes.
 */
import { add, larger, NOTHING, type ResourceKind, type ResourceVector, sum } from './resources.js';

/** Amounts by kind as somebody stated them; a kind that is absent was not stated. */
export type StatedAmounts = Readonly<Partial<Record<ResourceKind, number>>>;

export interface StatedResources {
  readonly requests: StatedAmounts;
  readonly limits: StatedAmounts;
}

export interface ContainerClaim extends StatedResources {
  /** An init container that keeps running beside the others. Without meaning for ordinary containers. */
  readonly isRestartable: boolean;
  /** What the node reports of its resizing; null when it reports nothing. */
  readonly resize: ResizeState | null;
}

export interface ResizeState {
  /** What the node has set aside. */
  readonly allocated: StatedAmounts;
  /** What the container runs with. */
  readonly actual: StatedAmounts;
}

export interface PodClaim {
  readonly containers: readonly ContainerClaim[];
  /** In the order in which they start. */
  readonly initContainers: readonly ContainerClaim[];
  readonly overhead: StatedAmounts;
  readonly podLevel: (StatedResources & { readonly resize: ResizeState | null }) | null;
  /** The node has said that the wanted resize will never fit. */
  readonly isResizeInfeasible: boolean;
}

/** The kinds that pod-level resources may speak of. */
const POD_LEVEL_KINDS: readonly ResourceKind[] = ['cpuMilli', 'memoryBytes'];

const vector = (amounts: StatedAmounts): ResourceVector => ({ ...NOTHING, ...amounts });

/** A limit without a request is a request: the API server's own default. */
const withLimits = (stated: StatedResources): StatedAmounts => ({ ...stated.limits, ...stated.requests });

function resized(asked: StatedAmounts, resize: ResizeState | null, isInfeasible: boolean): ResourceVector {
  if (resize === null) return vector(asked);
  const held = larger(vector(resize.allocated), vector(resize.actual));
  return isInfeasible ? held : larger(vector(asked), held);
}

function initPeak(initContainers: readonly ContainerClaim[], claimOf: (one: ContainerClaim) => ResourceVector) {
  let sidecars = NOTHING;
  let peak = NOTHING;
  for (const one of initContainers) {
    const asked = one.isRestartable ? claimOf(one) : vector(withLimits(one));
    peak = larger(peak, add(asked, sidecars));
    if (one.isRestartable) sidecars = add(sidecars, asked);
  }
  return { sidecars, peak };
}

function withPodLevel(containers: ResourceVector, pod: PodClaim): ResourceVector {
  if (pod.podLevel === null) return containers;
  const { requests, limits, resize } = pod.podLevel;
  const result: Record<ResourceKind, number> = { ...containers };
  for (const kind of POD_LEVEL_KINDS) {
    const asked = requests[kind] ?? (containers[kind] === 0 ? limits[kind] : undefined);
    if (asked !== undefined) result[kind] = resized({ [kind]: asked }, resize, pod.isResizeInfeasible)[kind];
  }
  return result;
}

/** The effective request of a pod, without its pod slot. */
export function effectiveRequest(pod: PodClaim): ResourceVector {
  const claimOf = (one: ContainerClaim) => resized(withLimits(one), one.resize, pod.isResizeInfeasible);
  const { sidecars, peak } = initPeak(pod.initContainers, claimOf);
  const running = add(sum(pod.containers.map(claimOf)), sidecars);
  return add(withPodLevel(larger(running, peak), pod), vector(pod.overhead));
}
