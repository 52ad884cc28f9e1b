/** Nodes, pods and their claims: from what an API server says to what Berth counts. */
import { readFileSync } from 'node:fs';
import { closedReason } from '../../domain/node.js';
import type { ContainerInfo } from '../../domain/pod-info.js';
import { failureOf, type PodSigns } from './failure-reason.js';
import { mapNode } from './node-mapping.js';
import { podRequest } from './pod-claim.js';
import { mapEvent } from './pod-events.js';
import { mapPod } from './pod-mapping.js';
import type { Fields } from './untrusted.js';

/** Random pods, and what k8s.io/component-helpers (v0.36) computes for them: cpu in milli, memory, ephemeral storage, GPUs. */
interface UpstreamPod {
  readonly spec: Fields;
  readonly status?: Fields;
  readonly want: readonly [number, number, number, number];
}
const upstream = JSON.parse(readFileSync('test/golden/upstream-pod-requests.json', 'utf8')) as UpstreamPod[];

const container = (over: Partial<ContainerInfo>): ContainerInfo => ({
  name: 'main',
  image: 'x',
  state: 'waiting',
  reason: '',
  message: '',
  exitCode: null,
  restartCount: 0,
  lastTermination: null,
  ...over,
});
const killed = { reason: 'OOMKilled', exitCode: 137, finishedAt: null };

describe('the claim of a Kubernetes pod', () => {
  it('is what the scheduler counts, for every pod of the table', () => {
    expect(upstream.length).toBeGreaterThanOrEqual(300);
    for (const { spec, status, want } of upstream) {
      const { cpuMilli, memoryBytes, storageBytes, gpuCount, podCount } = podRequest(spec, status ?? {});
      expect({ spec, claim: [cpuMilli, memoryBytes, storageBytes, gpuCount] }).toEqual({ spec, claim: want });
      expect(podCount).toBe(1);
    }
  });

  it.each<readonly [string, Fields]>([
    ['no containers', {}],
    ['containers that are no list', { containers: {} }],
    ['a container that is no object', { containers: [null] }],
    ['init containers that are no list', { containers: [], initContainers: 'x' }],
    ['an amount that is no quantity', { containers: [{ resources: { requests: { cpu: 'much' } } }] }],
    ['an amount that is a number', { containers: [{ resources: { requests: { cpu: 1 } } }] }],
    ['a negative amount', { containers: [{ resources: { requests: { cpu: '-1' } } }] }],
    ['unreadable overhead', { containers: [], overhead: { cpu: [] } }],
  ])('is the largest there is with %s', (_name, spec) => {
    expect(podRequest(spec, {}).cpuMilli).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('counts GPUs of all makers together', () => {
    const requests = { 'nvidia.com/gpu': '1', 'amd.com/gpu': '2' };
    expect(podRequest({ containers: [{ resources: { requests } }] }, {}).gpuCount).toBe(3);
  });
});

describe('a Kubernetes node', () => {
  const node = (over: { spec?: object; status?: object }) => ({
    metadata: { name: 'n1' },
    spec: { ...over.spec },
    status: {
      allocatable: {
        cpu: '3920m',
        memory: '1Gi',
        'ephemeral-storage': '10G',
        pods: '110',
        'amd.com/gpu': '2',
        'nvidia.com/gpu': '0',
      },
      capacity: { cpu: '4', memory: '2Gi', 'ephemeral-storage': '20G', pods: '110', 'amd.com/gpu': '2' },
      conditions: [{ type: 'Ready', status: 'True' }],
      ...over.status,
    },
  });

  it('offers what is allocatable, not what it has', () => {
    expect(mapNode(node({}))).toMatchObject({
      allocatable: { cpuMilli: 3_920, memoryBytes: 2 ** 30, storageBytes: 1e10, gpuCount: 2, podCount: 110 },
      capacity: { cpuMilli: 4_000, memoryBytes: 2 ** 31 },
      gpuResource: 'amd.com/gpu',
    });
  });

  it.each([
    ['is not ready', node({ status: { conditions: [{ type: 'Ready', status: 'Unknown' }] } })],
    ['says nothing of being ready', node({ status: { conditions: [] } })],
    ['is cordoned', node({ spec: { unschedulable: true } })],
    ['is tainted', node({ spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } })],
    ['is tainted in a way that Berth does not know', node({ spec: { taints: [{ key: 'a', effect: 'NoTuesdays' }] } })],
  ])('takes no pods when it %s', (_name, each) => {
    expect(closedReason(mapNode(each))).not.toBeNull();
  });

  it('takes pods when it is ready, and when a taint is only a preference', () => {
    expect(closedReason(mapNode(node({ spec: { taints: [{ key: 'a', effect: 'PreferNoSchedule' }] } })))).toBeNull();
  });
});

describe('why a pod does not run', () => {
  const signs = (over: Partial<PodSigns>): PodSigns => ({
    phase: 'Pending',
    containers: [],
    reason: '',
    message: '',
    unschedulable: null,
    ...over,
  });
  const waiting = (reason: string, over: Partial<ContainerInfo> = {}) =>
    signs({ containers: [container({ reason, ...over })] });

  it.each<readonly [string, PodSigns, string | null]>([
    ['ErrImagePull', waiting('ErrImagePull'), 'ImagePullFailed'],
    ['ImagePullBackOff', waiting('ImagePullBackOff'), 'ImagePullFailed'],
    ['InvalidImageName', waiting('InvalidImageName'), 'ImagePullFailed'],
    ['CreateContainerConfigError', waiting('CreateContainerConfigError'), 'ConfigurationError'],
    ['RunContainerError', waiting('RunContainerError'), 'ConfigurationError'],
    ['CrashLoopBackOff', waiting('CrashLoopBackOff'), 'CrashLoop'],
    ['CrashLoopBackOff after OOMKilled', waiting('CrashLoopBackOff', { lastTermination: killed }), 'OutOfMemory'],
    ['ContainerCreating', waiting('ContainerCreating'), null],
    [
      'OOMKilled just now',
      signs({ containers: [container({ state: 'terminated', reason: 'OOMKilled', exitCode: 137 })] }),
      'OutOfMemory',
    ],
    [
      'an exit of 3 after restarts',
      signs({ containers: [container({ state: 'terminated', exitCode: 3, restartCount: 1 })] }),
      'CrashLoop',
    ],
    [
      'the first exit of 3',
      signs({ phase: 'Running', containers: [container({ state: 'terminated', exitCode: 3 })] }),
      null,
    ],
    [
      'running again after OOMKilled',
      signs({ phase: 'Running', containers: [container({ state: 'running', lastTermination: killed })] }),
      null,
    ],
    ['Unschedulable', signs({ unschedulable: '0/3 nodes' }), 'Unschedulable'],
    ['Evicted', signs({ phase: 'Failed', reason: 'Evicted', message: 'low on memory' }), 'Evicted'],
    ['Failed', signs({ phase: 'Failed', reason: 'OutOfcpu', message: 'no room' }), 'Exited'],
    ['Succeeded', signs({ phase: 'Succeeded', containers: [container({ state: 'terminated', exitCode: 0 })] }), null],
  ])('%s', (_name, given, reason) => {
    expect(failureOf(given)?.reason ?? null).toBe(reason);
  });
});

describe('objects of a server that may lie', () => {
  const metadata = { uid: 'u-1', name: 'web', namespace: 'default' };

  it.each([['uid'], ['name'], ['namespace']])('are refused without a valid %s', (key) => {
    for (const bad of [undefined, '', 7, {}, 'a/b', '../x', '__proto__', 'x'.repeat(254)]) {
      expect(() => mapPod({ metadata: { ...metadata, [key]: bad } })).toThrow(/valid/);
    }
  });

  it('keep a claim while their phase is unknown', () => {
    expect(mapPod({ metadata, status: { phase: 'Evaporated' } }).phase).toBe('Unknown');
  });

  it('are foreign with a label that cannot be ours', () => {
    for (const value of ['', 5, null, 'x'.repeat(64)]) {
      expect(
        mapPod({ metadata: { ...metadata, labels: { 'berth.dev/reservation': value } } }).reservationId,
      ).toBeNull();
    }
  });

  it('give events a place and a time whatever they lack', () => {
    expect(mapEvent({})).toEqual({
      type: 'Normal',
      reason: '',
      message: '',
      count: 1,
      firstAt: null,
      lastAt: null,
      object: '/',
    });
    const at = '2026-11-23T09:00:00Z';
    expect(
      mapEvent({ eventTime: at, series: { count: 4, lastObservedTime: '2026-11-23T10:00:00.123456Z' } }),
    ).toMatchObject({
      count: 4,
      firstAt: '2026-11-23T09:00:00.000Z',
      lastAt: '2026-11-23T10:00:00.123Z',
    });
  });
});
