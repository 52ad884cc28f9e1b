/** A Berth with one machine registered, and the cluster behind it: what most suites begin with. */
import type { ServerDto } from '../../../src/servers/server.dto.js';
import { machine, type MachineName } from '../facts.js';
import { agree, cleanCluster, NAMESPACE } from './agreement.js';
import { Cluster } from './cluster.js';
import type { LiveBerth } from './live-berth.js';
import { kubeconfig, ssh } from './reach.js';

export interface Registered {
  readonly server: ServerDto;
  readonly cluster: Cluster;
}

/** By SSH where the facts tell a fingerprint, else by kubeconfig. Resolves when state and cluster agree. */
export async function registerMachine(berth: LiveBerth, name: MachineName): Promise<Registered> {
  const cluster = new Cluster(name);
  await cleanCluster(cluster);
  const isSsh = machine(name).fingerprint !== undefined;
  const reach = isSsh ? { ssh: await ssh(name) } : { kubeconfig: kubeconfig(name) };
  const server = await berth.register({ name, namespace: NAMESPACE, ...reach });
  await agree(berth, server.id, cluster);
  return { server, cluster };
}
