import fc from 'fast-check';
import { type ContainerClaim, effectiveRequest, type PodClaim, type StatedAmounts } from './effective-request.js';
import { RESOURCE_KINDS, resources, type ResourceKind } from './resources.js';

const one = (requests: StatedAmounts, over: Partial<ContainerClaim> = {}): ContainerClaim => ({
  requests,
  limits: {},
  isRestartable: false,
  resize: null,
  ...over,
});
const pod = (over: Partial<PodClaim>): PodClaim => ({
  containers: [],
  initContainers: [],
  overhead: {},
  podLevel: null,
  isResizeInfeasible: false,
  ...over,
});
const cpu = (cpuMilli: number) => ({ cpuMilli });
const sidecar = (cpuMilli: number) => one(cpu(cpuMilli), { isRestartable: true });

describe('the effective request of a pod', () => {
  it.each<readonly [string, Partial<PodClaim>, number]>([
    ['sums containers', { containers: [one(cpu(100)), one(cpu(200))] }, 300],
    ['takes a larger init container instead', { containers: [one(cpu(100))], initContainers: [one(cpu(500))] }, 500],
    ['never sums init containers', { containers: [one(cpu(100))], initContainers: [one(cpu(90)), one(cpu(90))] }, 100],
    [
      'adds sidecars to the containers',
      { containers: [one(cpu(100))], initContainers: [sidecar(50), sidecar(60)] },
      210,
    ],
    [
      'adds the sidecars started before to an init container',
      { containers: [one(cpu(100))], initContainers: [sidecar(50), one(cpu(300)), sidecar(60)] },
      350,
    ],
    [
      'does not add the sidecars started after',
      { containers: [one(cpu(10))], initContainers: [one(cpu(300)), sidecar(60)] },
      300,
    ],
    ['adds overhead last', { containers: [one(cpu(100))], initContainers: [one(cpu(500))], overhead: cpu(7) }, 507],
    ['takes a limit for a request', { containers: [one({}, { limits: cpu(400) })] }, 400],
    ['takes a request of zero at its word', { containers: [one(cpu(0), { limits: cpu(400) })] }, 0],
    [
      'takes the largest of asked, granted and real while a pod is resized',
      { containers: [one(cpu(100), { resize: { allocated: cpu(300), actual: cpu(200) } })] },
      300,
    ],
    [
      'forgets what is asked when the resize will never fit',
      { containers: [one(cpu(900), { resize: { allocated: cpu(300), actual: cpu(200) } })], isResizeInfeasible: true },
      300,
    ],
    [
      'lets pod-level resources replace the sum',
      { containers: [one(cpu(500))], podLevel: { requests: cpu(200), limits: {}, resize: null } },
      200,
    ],
    [
      'takes a pod-level limit when nothing is requested',
      { containers: [one({})], podLevel: { requests: {}, limits: cpu(800), resize: null } },
      800,
    ],
    [
      'adds overhead to pod-level resources',
      { containers: [one(cpu(500))], overhead: cpu(5), podLevel: { requests: cpu(200), limits: {}, resize: null } },
      205,
    ],
  ])('%s', (_name, claim, expected) => {
    expect(effectiveRequest(pod(claim))).toEqual(resources(cpu(expected)));
  });

  it('does not let pod-level resources touch storage and GPUs', () => {
    const asked = { storageBytes: 7, gpuCount: 2 };
    const podLevel = { requests: { storageBytes: 1, gpuCount: 1 }, limits: {}, resize: null };
    expect(effectiveRequest(pod({ containers: [one(asked)], podLevel }))).toEqual(resources(asked));
  });

  it('saturates instead of losing digits', () => {
    const most = one({ memoryBytes: Number.MAX_SAFE_INTEGER });
    expect(effectiveRequest(pod({ containers: [most, most], overhead: { memoryBytes: 5 } })).memoryBytes).toBe(
      Number.MAX_SAFE_INTEGER,
    );
  });

  it('agrees with a simulation that starts one container after the other', () => {
    const amounts = fc.record(
      { cpuMilli: fc.nat(1_000), memoryBytes: fc.nat(1_000), storageBytes: fc.nat(1_000), gpuCount: fc.nat(8) },
      { requiredKeys: [] },
    ) as fc.Arbitrary<StatedAmounts>;
    const container = fc.record({ requests: amounts, isRestartable: fc.boolean() });
    const claims = fc.record({
      containers: fc.array(container, { maxLength: 4 }),
      init: fc.array(container, { maxLength: 5 }),
      overhead: amounts,
    });
    /** The most that is running at any moment, kind by kind: the definition, not the formula. */
    function peak(
      kind: ResourceKind,
      claim: { containers: { requests: StatedAmounts }[]; init: { requests: StatedAmounts; isRestartable: boolean }[] },
    ): number {
      let running = 0;
      let most = 0;
      for (const each of claim.init) {
        const asked = each.requests[kind] ?? 0;
        most = Math.max(most, running + asked);
        if (each.isRestartable) running += asked;
      }
      for (const each of claim.containers) running += each.requests[kind] ?? 0;
      return Math.max(most, running);
    }
    fc.assert(
      fc.property(claims, (claim) => {
        const ours = effectiveRequest(
          pod({
            containers: claim.containers.map((each) => one(each.requests)),
            initContainers: claim.init.map((each) => one(each.requests, { isRestartable: each.isRestartable })),
            overhead: claim.overhead,
          }),
        );
        for (const kind of RESOURCE_KINDS) expect(ours[kind]).toBe(peak(kind, claim) + (claim.overhead[kind] ?? 0));
      }),
      { numRuns: 1_000 },
    );
  });
});
