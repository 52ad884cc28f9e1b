import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import ssh2 from 'ssh2';
import { parse } from 'yaml';
import { FACTS } from '../../live/facts.js';
import type { Berth, TrialAnswer } from '../berth.js';
import type { Row } from '../report.js';
import { median, spread } from '../statistics.js';
import { reach, type Site, SPARE } from './site.js';

interface Machine {
  readonly what: string;
  readonly kubeconfig: string;
  readonly ssh: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly fingerprint: string;
  };
}

const ROUNDS = 3;
const CALLS = 60;
/** Kubernetes calls in one test of a connection, once it is open: the version, and which cluster it is. */
const CALLS_PER_TEST = 2;

/** The machine of the facts, when it can be reached both ways; else a pretend cluster behind an SSH server. */
function machineOf(site: Site): Machine {
  const { host, port, username, password, fingerprint, kubeconfig } = FACTS.plain ?? {};
  if (host && port && username && password && fingerprint && kubeconfig) {
    const ssh = { host, port, username, password, fingerprint };
    return { what: 'real machine', ssh, kubeconfig: readFileSync(kubeconfig, 'utf8') };
  }
  const spare = site.clusters[SPARE];
  if (!spare) throw new Error('there is no spare cluster');
  return { what: 'fake API, ssh2 server', ssh: spare.ssh, kubeconfig: spare.kubeconfig };
}

interface Parsed {
  readonly clusters: readonly [{ readonly cluster: Record<string, string> }];
  readonly users: readonly [{ readonly user: Record<string, string> }];
}

/** GET /version over one kept connection. */
async function rawCalls({ kubeconfig }: Machine): Promise<number[]> {
  const { clusters, users } = parse(kubeconfig) as Parsed;
  const [{ cluster }, { user }] = [clusters[0], users[0]];
  const decoded = (text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.from(text, 'base64');
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  });
  const headers = user['token'] === undefined ? {} : { authorization: `Bearer ${user['token']}` };
  const latencies: number[] = [];
  for (let call = 0; call < CALLS * ROUNDS; call += 1) {
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(`${cluster['server']}/version`, { agent, headers }, (answer) => {
        answer.resume().once('end', resolve);
      }).once('error', reject);
    });
    latencies.push(performance.now() - startedAt);
  }
  agent.destroy();
  return latencies;
}

/** Logs in, runs the command that a registration runs, and hangs up. */
function rawLogin({ ssh: { host, port, username, password } }: Machine): Promise<number> {
  const startedAt = performance.now();
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once('error', reject);
    client.once('ready', () => {
      client.exec('microk8s config -l', (error, channel) => {
        if (error) return reject(error);
        channel.resume().once('close', () => {
          client.end();
          resolve(performance.now() - startedAt);
        });
        channel.end();
      });
    });
    client.connect({ host, port, username, password });
  });
}

interface Visit {
  /** From asking for the registration to seeing it Online, milliseconds. */
  readonly onlineMs: number;
  /** One Kubernetes call each, milliseconds. */
  readonly callsMs: readonly number[];
  /** What Berth itself says of the step `api`, milliseconds. */
  readonly apiMs: readonly number[];
}

async function visit(berth: Berth, reachBy: object): Promise<Visit> {
  const startedAt = performance.now();
  const { id } = await berth.register('bench-machine', reachBy);
  await reach('the new server is Online', async () =>
    (await berth.servers()).some((each) => each.id === id && each.state === 'Online'),
  );
  const onlineMs = performance.now() - startedAt;
  const [callsMs, apiMs]: number[][] = [[], []];
  // The first asks more than the others: whether RBAC is on.
  await berth.call('POST', `/api/v1/servers/${id}/test`);
  for (let call = 0; call < CALLS; call += 1) {
    const sentAt = performance.now();
    const { steps } = await berth.call<TrialAnswer>('POST', `/api/v1/servers/${id}/test`);
    callsMs?.push((performance.now() - sentAt) / CALLS_PER_TEST);
    apiMs?.push(steps.find(({ step }) => step === 'api')?.latencyMs ?? NaN);
  }
  await berth.call('DELETE', `/api/v1/servers/${id}`);
  return { onlineMs, callsMs: callsMs ?? [], apiMs: apiMs ?? [] };
}

export async function tunnel(site: Site, berth: Berth): Promise<Row[]> {
  const machine = machineOf(site);
  const { fingerprint: hostKeyFingerprint, ...login } = machine.ssh;
  const [tunnelled, direct, logins]: [Visit[], Visit[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    tunnelled.push(await visit(berth, { ssh: { ...login, hostKeyFingerprint } }));
    direct.push(await visit(berth, { kubeconfig: { text: machine.kubeconfig } }));
    logins.push(await rawLogin(machine));
  }
  const [through, beside] = [tunnelled, direct].map((visits) => spread(visits.flatMap((each) => each.callsMs)));
  if (!through || !beside) throw new Error('nothing was measured');
  const raw = spread(await rawCalls(machine));
  const said = (visits: readonly Visit[]): string => spread(visits.flatMap((each) => each.apiMs)).mean.toFixed(1);
  const online = tunnelled.map((each) => each.onlineMs);
  return [
    {
      what: 'Kubernetes call through the tunnel, p50',
      unit: 'ms',
      measured: through.p50,
      limit: { what: 'same call without tunnel', value: beside.p50 },
      target: { most: 10, of: 'difference' },
      note: `${machine.what}; Berth says ${said(tunnelled)} and ${said(direct)} ms`,
    },
    {
      what: 'Kubernetes call through the tunnel, p99',
      unit: 'ms',
      measured: through.p99,
      limit: { what: 'same call without tunnel', value: beside.p99 },
    },
    {
      what: 'Kubernetes call without tunnel, p50',
      unit: 'ms',
      measured: beside.p50,
      limit: { what: 'node:https, kept connection', value: raw.p50 },
      note: "Berth's own HTTP is in the measured value",
    },
    {
      what: 'SSH registration to Online',
      unit: 'ms',
      measured: Math.max(...online),
      limit: { what: 'ssh2 alone: log in, run the command', value: median(logins) },
      target: { most: 3_000, of: 'value' },
      note: `slowest of ${ROUNDS}, best ${Math.min(...online).toFixed(0)}; ${machine.what}`,
    },
  ];
}
