import { jest } from '@jest/globals';
import type { SandboxConnection, SandboxTrouble } from '../../domain/server.js';
import { isLive } from '../../domain/pod-info.js';
import { sum } from '../../domain/resources.js';
import { sandboxConnection } from '../../../test/support/server-record.js';
import { FIRST_MS } from './neighbours.js';
import { SandboxCluster } from './sandbox-cluster.js';
import { SandboxFaults } from './sandbox-faults.js';
import { SANDBOX_TIMES } from './sandbox-times.js';
import { SandboxWorlds } from './sandbox-worlds.js';
import { TROUBLE_AFTER_MS } from './trouble.js';

const scene = (some: Partial<NonNullable<SandboxConnection['scene']>>): SandboxConnection => ({
  ...sandboxConnection({ nodeCount: 2, gpuCountPerNode: 2 }),
  scene: { neighboursPerNode: 20, changesPerMinute: 0, trouble: 'none', ...some },
});

describe('the neighbours of a pretend cluster', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('are as many as the scene says, the same for the same seed, and never more than a node holds', () => {
    const requests = [1, 2].map(() => {
      const { pods, nodes } = new SandboxCluster(scene({}), SANDBOX_TIMES).snapshot();
      expect(pods).toHaveLength(40);
      expect(new Set(pods.map(({ uid }) => uid)).size).toBe(40);
      for (const node of nodes) {
        const taken = sum(
          pods.filter((pod) => pod.nodeName === node.name && isLive(pod)).map(({ request }) => request),
        );
        expect(taken.cpuMilli).toBeLessThanOrEqual(node.allocatable.cpuMilli);
        expect(taken.gpuCount).toBeLessThanOrEqual(node.allocatable.gpuCount);
      }
      return pods.map(({ request }) => request);
    });
    expect(requests[0]).toEqual(requests[1]);
  });

  it('come, go and restart about as often as the scene says, until the cluster is stopped', () => {
    const cluster = new SandboxCluster(scene({ changesPerMinute: 600 }), SANDBOX_TIMES);
    const kinds = new Map<string, number>();
    cluster.changes.listen(({ kind }) => kinds.set(kind, (kinds.get(kind) ?? 0) + 1));
    jest.advanceTimersByTime(FIRST_MS + 60_000);
    expect(kinds.get('pod')).toBeGreaterThan(300);
    expect(kinds.get('pod-gone')).toBeGreaterThan(10);
    const before = [...kinds.values()].reduce((total, each) => total + each, 0);
    expect(before).toBeLessThan(900);
    cluster.stop();
    jest.advanceTimersByTime(60_000);
    expect([...kinds.values()].reduce((total, each) => total + each, 0)).toBe(before);
  });

  it.each<[SandboxTrouble, string]>([
    ['timeout', 'CONNECTION_TIMEOUT'],
    ['host-key-changed', 'HOST_KEY_CHANGED'],
  ])('trouble %s begins after a while, and ends with an edit of the connection', (trouble, code) => {
    const faults = new SandboxFaults();
    const worlds = new SandboxWorlds(faults);
    worlds.get('s', scene({ trouble }));
    expect(faults.cutCode('s')).toBeUndefined();
    jest.advanceTimersByTime(TROUBLE_AFTER_MS);
    expect(faults.cutCode('s')).toBe(code);
    worlds.get('s', scene({ trouble: 'none' }));
    expect(faults.cutCode('s')).toBeUndefined();
  });

  it('a node that is lost is not ready and keeps its pods', () => {
    const cluster = new SandboxWorlds().get('s', scene({ trouble: 'node-not-ready' }));
    jest.advanceTimersByTime(TROUBLE_AFTER_MS);
    const { nodes, pods } = cluster.snapshot();
    expect(nodes.map(({ isReady }) => isReady)).toEqual([true, false]);
    expect(pods).toHaveLength(40);
  });
});
