/** What the parts share: a place on the disk, pretend clusters, and one state of ten servers with thirty pods each. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Berth } from '../berth.js';
import type { Fleet } from '../fleet.js';
import type { ClusterFacts } from '../fleet-process.js';
import { closedLoop, times } from '../load.js';

export const SERVERS = 10;
export const PODS_PER_SERVER = 30;
/** Registered through a proxy that can make it a black hole | slow. */
export const VANISHING = 8;
export const TRICKLING = 9;
/** Free for the parts that register. */
export const SPARE = 10;

export interface Site {
  readonly directory: string;
  /** Of the state with ten servers. */
  readonly stateDirectory: string;
  readonly fleet: Fleet;
  readonly clusters: readonly ClusterFacts[];
  /** Of the state with ten servers; empty before it is made. */
  token: string;
}

export async function openSite(directory: string, fleet: Fleet): Promise<Site> {
  const clusters = await fleet.clusters(SERVERS + 1);
  const stateDirectory = join(directory, 'ten');
  await mkdir(stateDirectory, { mode: 0o700 });
  return { directory, stateDirectory, fleet, clusters, token: '' };
}

/** Starts Berth on the state with ten servers. */
export function startOn(site: Site, env: Readonly<Record<string, string>> = {}): Promise<Berth> {
  const ports = site.clusters.flatMap((cluster) => cluster.ports);
  const { stateDirectory: directory, token } = site;
  return Berth.start({ directory, ports, env, ...(token === '' ? {} : { token }) });
}

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 30_000;

/** Looks again and again until `isReached`. @throws Error after 30 s. */
export async function reach(what: string, isReached: () => Promise<boolean>): Promise<void> {
  const endAt = performance.now() + PATIENCE_MS;
  while (!(await isReached())) {
    if (performance.now() > endAt) throw new Error(`not reached within ${PATIENCE_MS / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

export const allOnline = (berth: Berth): Promise<void> =>
  reach('every server is Online', async () => (await berth.servers()).every(({ state }) => state === 'Online'));

/** Every launch so far is confirmed by its cluster. */
export const allBound = (berth: Berth): Promise<void> =>
  reach('every pod is bound', async () => {
    const { items } = await berth.call<{ items: readonly { state: string }[] }>('GET', '/api/v1/pods?limit=500');
    return items.every(({ state }) => !['Reserved', 'Creating', 'Starting'].includes(state));
  });

let podCount = 0;
/** The smallest launch there is. A name of its own: one made from the image may be taken. */
export const launchOf = (where: object = {}): object => {
  podCount += 1;
  return { image: 'registry.test/web:1', name: `bench-${podCount}`, cpus: 0.001, memoryGiB: 0.001, ...where };
};

const REGISTER_CLIENTS = 8;

async function register(site: Site, berth: Berth): Promise<void> {
  for (const [index, cluster] of site.clusters.slice(0, SERVERS).entries()) {
    const text =
      index === VANISHING
        ? cluster.vanishingKubeconfig
        : index === TRICKLING
          ? cluster.tricklingKubeconfig
          : cluster.kubeconfig;
    await berth.register(`lab-${index}`, { kubeconfig: { text } });
  }
  const servers = await berth.servers();
  const launch = (index: number): Buffer =>
    berth.bytes('POST', '/api/v1/pods', launchOf({ serverId: servers[index % servers.length]?.id }));
  await closedLoop(berth.url, REGISTER_CLIENTS, times(SERVERS * PODS_PER_SERVER, launch), 202);
  await allBound(berth);
}

/** Makes the state of ten servers with their pods. */
export async function fill(site: Site): Promise<void> {
  const berth = await startOn(site);
  site.token = berth.token;
  try {
    await register(site, berth);
  } finally {
    await berth.stop();
  }
}
