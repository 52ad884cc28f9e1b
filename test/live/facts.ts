/**
 * The machines that the suite is pointed at, described by facts: a JSON file named by BERTH_LIVE_FACTS, or for one machine the
 * variables BERTH_LIVE_HOST, _PORT, _USER, _PASSWORD, _FINGERPRINT, _KUBECONFIG and _IMAGE (one that
 * it can pull and that runs on). Nothing here knows how a machine was made.
 */
import { readFileSync } from 'node:fs';

/** A command as its words; nothing is given to a shell. */
export type Command = readonly string[];

export interface MachineFacts {
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  /** Of its SSH host key, `SHA256:…`. */
  readonly fingerprint?: string;
  /** Path of a kubeconfig that works from this computer. */
  readonly kubeconfig?: string;
  /** kubectl as cluster admin, for machines whose API is not reachable from here. */
  readonly kubectl?: Command;
  /** Packets to the machine vanish | come through again. */
  readonly cut?: Command;
  readonly heal?: Command;
  readonly stopApi?: Command;
  readonly startApi?: Command;
  readonly stopSshd?: Command;
  readonly startSshd?: Command;
  /** Gives it a new SSH host key. */
  readonly rekey?: Command;
  /** Prints the fingerprint of the key that it has now. */
  readonly fingerprintNow?: Command;
  /** Path of sshd's log, with LogLevel VERBOSE. */
  readonly sshdLog?: string;
  /** One more word, the node's name, is appended. */
  readonly addNode?: Command;
  readonly removeNode?: Command;
  /** Prints a line per container | per process of a container that the machine has now. */
  readonly containers?: Command;
  readonly processes?: Command;
  readonly hasMetrics?: boolean;
  /** Images named missing, crash and oom fail there as they are named. */
  readonly hasFailingImages?: boolean;
  /** Images that the machine can run, when they are not `registry.test/<name>:1`. */
  readonly images?: Readonly<Record<string, string>>;
}

export const MACHINES = ['plain', 'second', 'sudo', 'closed', 'noMicrok8s', 'bare', 'noRbac', 'real'] as const;
export type MachineName = (typeof MACHINES)[number];
type Facts = Readonly<Partial<Record<MachineName, MachineFacts>>>;

function fromVariables(env: NodeJS.ProcessEnv): MachineFacts | undefined {
  const given = {
    host: env['BERTH_LIVE_HOST'],
    username: env['BERTH_LIVE_USER'],
    password: env['BERTH_LIVE_PASSWORD'],
    fingerprint: env['BERTH_LIVE_FINGERPRINT'],
    kubeconfig: env['BERTH_LIVE_KUBECONFIG'],
  };
  const image = env['BERTH_LIVE_IMAGE'];
  const facts = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(facts).length === 0) return undefined;
  return { ...facts, port: Number(env['BERTH_LIVE_PORT'] ?? 22), ...(image ? { images: { web: image } } : {}) };
}

function readFacts(env: NodeJS.ProcessEnv): Facts {
  const path = env['BERTH_LIVE_FACTS'];
  const { machines } = path ? (JSON.parse(readFileSync(path, 'utf8')) as { machines: Facts }) : { machines: {} };
  const plain = fromVariables(env);
  return plain ? { ...machines, plain } : machines;
}

export const FACTS = readFacts(process.env);

/** `plain` or `plain.cut`: a machine, or one fact of it. */
export type Need = MachineName | `${MachineName}.${keyof MachineFacts}`;

export function isGiven(need: Need): boolean {
  const [name, fact] = need.split('.') as [MachineName, keyof MachineFacts | undefined];
  const machine = FACTS[name];
  return machine !== undefined && (fact === undefined || Boolean(machine[fact]));
}

export function machine(name: MachineName): MachineFacts {
  const facts = FACTS[name];
  if (!facts) throw new Error(`the facts have no machine "${name}"`);
  return facts;
}

/** `web` runs on, `crash` ends, `hog` takes all memory, `burn` keeps a core busy; any other cannot be pulled. */
export function imageOf(name: MachineName, image: string): string {
  return machine(name).images?.[image] ?? `registry.test/${image}:1`;
}

/** One fact that a case has named among its needs. */
export function fact<K extends keyof MachineFacts>(name: MachineName, key: K): NonNullable<MachineFacts[K]> {
  const value = machine(name)[key];
  if (value === undefined) throw new Error(`the facts of "${name}" have no ${key}`);
  return value;
}
