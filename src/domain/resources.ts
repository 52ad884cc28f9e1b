/**
 * Amounts of what a node offers and a pod claims. Integers only: thousandths of a core, bytes, whole GPUs, pod slots.
 * Invariant: every component is a safe integer; an available amount may be negative (overcommit is shown, never hidden).
 */
export const RESOURCE_KINDS = ['cpuMilli', 'memoryBytes', 'storageBytes', 'gpuCount', 'podCount'] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];
export type ResourceVector = Readonly<Record<ResourceKind, number>>;

export const NOTHING: ResourceVector = Object.freeze({
  cpuMilli: 0,
  memoryBytes: 0,
  storageBytes: 0,
  gpuCount: 0,
  podCount: 0,
});

/** Fills the kinds left out with zero. */
export function resources(some: Partial<ResourceVector>): ResourceVector {
  return { ...NOTHING, ...some };
}

/** Held inside the safe integers, so that no sum can lose its last digits. */
const held = (value: number): number => Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));

/** Combines two vectors kind by kind. */
export function combine(a: ResourceVector, b: ResourceVector, each: (x: number, y: number) => number): ResourceVector {
  return {
    cpuMilli: held(each(a.cpuMilli, b.cpuMilli)),
    memoryBytes: held(each(a.memoryBytes, b.memoryBytes)),
    storageBytes: held(each(a.storageBytes, b.storageBytes)),
    gpuCount: held(each(a.gpuCount, b.gpuCount)),
    podCount: held(each(a.podCount, b.podCount)),
  };
}

/** Not by `combine`: every pod of a server is added whenever one of them changes. */
export function add(a: ResourceVector, b: ResourceVector): ResourceVector {
  return {
    cpuMilli: held(a.cpuMilli + b.cpuMilli),
    memoryBytes: held(a.memoryBytes + b.memoryBytes),
    storageBytes: held(a.storageBytes + b.storageBytes),
    gpuCount: held(a.gpuCount + b.gpuCount),
    podCount: held(a.podCount + b.podCount),
  };
}

export const subtract = (a: ResourceVector, b: ResourceVector): ResourceVector => combine(a, b, (x, y) => x - y);
export const larger = (a: ResourceVector, b: ResourceVector): ResourceVector => combine(a, b, Math.max);
export const sum = (vectors: Iterable<ResourceVector>): ResourceVector => [...vectors].reduce(add, NOTHING);

/** Whether `asked` can be taken from `available`. A kind that is not asked for may be overcommitted. */
export function fits(asked: ResourceVector, available: ResourceVector): boolean {
  return RESOURCE_KINDS.every((kind) => asked[kind] === 0 || asked[kind] <= available[kind]);
}

/** One kind that falls short: all three amounts in the kind's unit (milli-cores, bytes, GPUs, pods). */
export interface Shortfall {
  readonly resource: ResourceKind;
  readonly asked: number;
  readonly available: number;
  readonly missing: number;
}

export function shortfalls(asked: ResourceVector, available: ResourceVector): Shortfall[] {
  return RESOURCE_KINDS.filter((kind) => asked[kind] > 0 && asked[kind] > available[kind]).map((resource) => ({
    resource,
    asked: asked[resource],
    available: available[resource],
    missing: asked[resource] - available[resource],
  }));
}
