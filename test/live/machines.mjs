/**
 * Brings up the machines of the live suite with the script that BERTH_MACHINE names, writes their facts, and takes them down:
 *
 *   BERTH_MACHINE=…/machine node test/live/machines.mjs up [plain closed …]     all when none is named; the real one comes last
 *   BERTH_MACHINE=…/machine node test/live/machines.mjs down [plain …]
 *
 * Facts go to BERTH_LIVE_FACTS, or to `berth-live-facts.json` in the folder for temporary files. Only machines named `live-…` are touched.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Options of `machine up`, by the name that the facts give the machine. */
const MACHINES = {
  plain: ['--nodes', '2', '--cpu', '8', '--memory', '32Gi', '--storage', '100Gi', '--gpu', '4', '--metrics'],
  second: ['--nodes', '1'],
  sudo: ['--sudo'],
  closed: ['--closed'],
  noMicrok8s: ['--no-microk8s'],
  bare: ['--bare'],
  noRbac: ['--no-rbac'],
  real: ['--real', '--metrics'],
};
const ABREAST = 3;

const script = process.env.BERTH_MACHINE;
const factsFile = process.env.BERTH_LIVE_FACTS ?? join(tmpdir(), 'berth-live-facts.json');
const nameOf = (kind) => `live-${kind.toLowerCase()}`;
const machine = (...args) => run(script, args, { maxBuffer: 2 ** 24 });

function readFacts() {
  return existsSync(factsFile) ? JSON.parse(readFileSync(factsFile, 'utf8')) : { machines: {} };
}

function writeFacts(machines) {
  const others = Object.fromEntries(Object.entries(readFacts().machines).filter(([kind]) => !(kind in machines)));
  const all = Object.entries({ ...others, ...machines }).filter(([, facts]) => facts !== null);
  writeFileSync(factsFile, `${JSON.stringify({ machines: Object.fromEntries(all) }, null, 2)}\n`, { mode: 0o600 });
}

function factsOf(kind, printed) {
  const name = nameOf(kind);
  const fact = Object.fromEntries(printed.split('\n').map((line) => line.split(/=(.*)/s).slice(0, 2)));
  const host = { host: fact.HOST, port: Number(fact.PORT), username: fact.USER, password: fact.PASSWORD };
  const command = (...args) => [script, ...args];
  const ssh = {
    ...host,
    fingerprint: fact.FINGERPRINT,
    sshdLog: join(fact.DIR, 'logs', 'sshd.log'),
    rekey: command('rekey', name),
    fingerprintNow: ['sh', '-c', '"$0" facts "$1" | sed -n s/^FINGERPRINT=//p', script, name],
    cut: command('cut', name),
    heal: command('heal', name),
    stopSshd: command('stop', name, 'sshd'),
    startSshd: command('start', name, 'sshd'),
  };
  if (kind === 'bare') return ssh;
  const run = `/run/berth-${name}/containerd.sock`;
  return {
    ...ssh,
    // Behind a closed firewall a kubeconfig leads nowhere.
    ...(kind === 'closed' ? {} : { kubeconfig: fact.KUBECONFIG }),
    kubectl: command('kubectl', name),
    stopApi: command('stop', name, 'apiserver'),
    startApi: command('start', name, 'apiserver'),
    ...(kind === 'real'
      ? {
          containers: ['ctr', '-a', run, '-n', 'k8s.io', 'containers', 'list', '-q'],
          processes: ['sh', '-c', `find /sys/fs/cgroup/*/berth-${name} -name cgroup.procs -exec cat {} + | sort -u`],
        }
      : { addNode: command('node', name, 'add'), removeNode: command('node', name, 'remove'), hasFailingImages: true }),
    hasMetrics: MACHINES[kind].includes('--metrics'),
  };
}

async function up(kind) {
  const startedAt = performance.now();
  const { stdout } = await machine('up', nameOf(kind), ...MACHINES[kind]);
  writeFacts({ [kind]: factsOf(kind, stdout) });
  console.log(`${nameOf(kind)} is up after ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
}

async function down(kind) {
  await machine('down', nameOf(kind));
  writeFacts({ [kind]: null });
}

async function inTurns(kinds, abreast, work) {
  const waiting = [...kinds];
  const hands = Array.from({ length: abreast }, async () => {
    for (let kind = waiting.shift(); kind !== undefined; kind = waiting.shift()) await work(kind);
  });
  await Promise.all(hands);
}

const [verb, ...named] = process.argv.slice(2);
const kinds = named.length > 0 ? named : Object.keys(MACHINES);
const unknown = kinds.filter((kind) => !(kind in MACHINES));
if (!script || unknown.length > 0 || !['up', 'down'].includes(verb)) {
  console.error(
    `usage: BERTH_MACHINE=…/machine node test/live/machines.mjs up|down [${Object.keys(MACHINES).join(' ')}]`,
  );
  process.exit(2);
}
if (verb === 'up') {
  await inTurns(
    kinds.filter((kind) => kind !== 'real'),
    ABREAST,
    up,
  );
  if (kinds.includes('real')) await up('real');
  console.log(`BERTH_LIVE_FACTS=${factsFile}`);
} else {
  await inTurns(kinds, 1, down);
  if (Object.keys(readFacts().machines).length === 0) rmSync(factsFile, { force: true });
}
