/** What every suite ends with: Berth's state and the cluster tell the same, no promise was broken, nothing was said that is secret. */
import type { PodDto } from '../../../src/pods/pod.dto.js';
import { type Cluster, FOREIGN_NAMESPACE, RESERVATION } from './cluster.js';
import { eventually } from './eventually.js';
import type { LiveBerth } from './live-berth.js';
import { NONE, onWire } from './quantities.js';

export const NAMESPACE = 'berth-live';

const isOpen = (pod: PodDto): boolean => pod.reservation.state !== 'Released';
const sorted = (values: Iterable<string | undefined>): string[] => [...values].map(String).sort();

/** Deployments and open reservations are the same set, one each; pods belong to them; amounts are what the cluster says. */
export async function compare(berth: LiveBerth, serverId: string, cluster: Cluster): Promise<void> {
  const open = (await berth.pods(serverId)).filter(isOpen);
  const reservations = sorted(open.map(({ reservation }) => reservation.id));
  const deployments = await cluster.deployments(NAMESPACE);
  expect(sorted(deployments.map(({ metadata }) => metadata.labels?.[RESERVATION]))).toEqual(reservations);
  const pods = (await cluster.pods(NAMESPACE)).filter(({ status }) => status?.phase !== 'Failed');
  expect(sorted(pods.map(({ metadata }) => metadata.labels?.[RESERVATION]))).toEqual(reservations);
  const { nodes } = await berth.server(serverId);
  const allocatable = await cluster.allocatable();
  expect(sorted(nodes.map(({ name }) => name))).toEqual(sorted(allocatable.keys()));
  const foreign = await cluster.requested(({ metadata }) => metadata.namespace !== NAMESPACE);
  const ours = await cluster.requested(({ metadata }) => metadata.namespace === NAMESPACE);
  for (const { name, capacity } of nodes) {
    expect(capacity.allocatable).toEqual(onWire(allocatable.get(name) ?? NONE));
    expect(capacity.foreign).toEqual(onWire(foreign.get(name) ?? NONE));
    expect(capacity.reserved).toEqual(onWire(ours.get(name) ?? NONE));
  }
}

export function agree(berth: LiveBerth, serverId: string, cluster: Cluster, ms = 30_000): Promise<boolean> {
  const look = async (): Promise<boolean> => {
    await compare(berth, serverId, cluster);
    return true;
  };
  return eventually('state and cluster agree', look, ms);
}

/** Deletes every pod of the server, and waits until the cluster has nothing of them. */
export async function deleteAll(berth: LiveBerth, serverId: string, cluster: Cluster, ms = 60_000): Promise<void> {
  const open = (await berth.pods(serverId)).filter(isOpen);
  await Promise.all(open.map((pod) => berth.remove(pod.id)));
  await eventually(
    'all room is back',
    async () => {
      const { capacity } = await berth.server(serverId);
      return Object.values(capacity.reserved).every((amount) => amount === 0);
    },
    ms,
  );
  expect(await cluster.deployments(NAMESPACE)).toEqual([]);
  expect(await cluster.pods(NAMESPACE)).toEqual([]);
}

/** `expectedCodes`: errors that the cases provoke on purpose. */
async function expectPeace(berth: LiveBerth, expectedCodes: readonly string[] = []): Promise<void> {
  expect(await berth.metric('berth_invariant_violations')).toBe(0);
  expect(berth.errorLines().filter(({ code }) => code === undefined || !expectedCodes.includes(code))).toEqual([]);
  expect(await berth.leaks()).toEqual([]);
}

/** The end of every suite. The process is ended whatever went wrong before. */
export async function finish(
  berth: LiveBerth | undefined,
  clusters: Iterable<Cluster | undefined>,
  expectedCodes: readonly string[] = [],
): Promise<void> {
  for (const cluster of clusters) await cluster?.close();
  if (berth === undefined) return;
  try {
    await expectPeace(berth, expectedCodes);
  } finally {
    expect(await berth.end()).toBe(0);
  }
}

/** Frees the suite's namespaces of what an earlier run has left. */
export async function cleanCluster(cluster: Cluster): Promise<void> {
  await eventually(`${NAMESPACE} and ${FOREIGN_NAMESPACE} are empty`, () => cluster.clean(NAMESPACE), 40_000);
}
