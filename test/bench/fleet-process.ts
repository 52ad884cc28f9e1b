/** The process of the pretend clusters; takes commands from `Fleet`, and ends when its parent does. */
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { startSshServer } from '../support/ssh-server.js';
import type { Reply } from './fleet.js';
import { VanishProxy } from './vanish-proxy.js';

/** A cluster, and the ways to reach it. All addresses are on loopback. */
export interface ClusterFacts {
  readonly kubeconfig: string;
  /** Through a proxy that `cut` makes a black hole. */
  readonly vanishingKubeconfig: string;
  /** Through a proxy that `trickle` makes slow. */
  readonly tricklingKubeconfig: string;
  readonly ssh: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly fingerprint: string;
  };
  /** That Berth must be allowed to connect to. */
  readonly ports: readonly number[];
}

interface Cluster {
  readonly vanish: VanishProxy;
  readonly fault: FaultProxy;
}

/** As a real API server does; the fake's own default is for impatient tests. */
const BOOKMARK_MS = 60_000;
const BYTE_EVERY_MS = 1_000;
const PASSWORD = 'bench';
const clusters: Cluster[] = [];

const portOf = (kubeconfig: string): number => Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(kubeconfig)?.[1]);

async function startCluster(): Promise<ClusterFacts> {
  const fake = await new FakeKubernetes({ hasMetrics: true }).start();
  fake.watches.manners.bookmarkMs = BOOKMARK_MS;
  const kubeconfig = fake.kubeconfig();
  const fault = await new FaultProxy(kubeconfig).start();
  const vanish = await new VanishProxy(portOf(kubeconfig)).start();
  const ssh = await startSshServer({
    password: PASSWORD,
    command: (command) => (command.includes('microk8s') ? { stdout: kubeconfig } : { code: 127 }),
  });
  clusters.push({ vanish, fault });
  const tricklingKubeconfig = fault.kubeconfig();
  return {
    kubeconfig,
    vanishingKubeconfig: kubeconfig.replace(`127.0.0.1:${portOf(kubeconfig)}`, `127.0.0.1:${vanish.port}`),
    tricklingKubeconfig,
    ssh: {
      host: '127.0.0.1',
      port: ssh.port,
      username: 'azureuser',
      password: PASSWORD,
      fingerprint: ssh.hostKey.fingerprint,
    },
    ports: [portOf(kubeconfig), portOf(tricklingKubeconfig), vanish.port, ssh.port],
  };
}

const commands = {
  clusters: async (count: number) => {
    const started: ClusterFacts[] = [];
    while (started.length < count) started.push(await startCluster());
    return started;
  },
  cut: (index: number) => clusters[index]?.vanish.cut(),
  trickle: (index: number) => clusters[index]?.fault.inject({ fault: { kind: 'trickle', everyMs: BYTE_EVERY_MS } }),
  heal: () => {
    for (const { vanish, fault } of clusters) {
      vanish.heal();
      fault.heal();
    }
  },
};
export type FleetCommands = typeof commands;

interface Command {
  readonly id: number;
  readonly name: keyof FleetCommands;
  readonly argument: number;
}

const answer = (reply: Reply): void => void process.send?.(reply);

process.on('message', ({ id, name, argument }: Command) => {
  Promise.resolve(commands[name](argument)).then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
