/** The pretend fleet of the demo: what is registered and what is launched. Plain data and chance; whoever calls sends it. */

/** Twelve servers of a lab, some of them in trouble. */
export const LAB = [
  server(
    'atlas',
    ['gpu', 'a100'],
    'Basel, rack 1',
    { nodes: 2, cpusPerNode: 64, memoryGiBPerNode: 512, gpusPerNode: 8 },
    24,
  ),
  server(
    'borea',
    ['gpu', 'l40s'],
    'Basel, rack 1',
    { nodes: 1, cpusPerNode: 48, memoryGiBPerNode: 256, gpusPerNode: 4 },
    16,
  ),
  server(
    'ceres',
    ['gpu', 'rtx'],
    'Basel, rack 2',
    { nodes: 1, cpusPerNode: 16, memoryGiBPerNode: 64, gpusPerNode: 2 },
    6,
  ),
  server('delos', ['cpu'], 'Basel, rack 2', { nodes: 3, cpusPerNode: 32, memoryGiBPerNode: 128 }, 20),
  server('ember', ['cpu', 'web'], 'Zurich', { nodes: 2, cpusPerNode: 16, memoryGiBPerNode: 64 }, 12),
  server('fjord', ['cpu', 'web'], 'Zurich', { nodes: 2, cpusPerNode: 16, memoryGiBPerNode: 64 }, 30),
  server(
    'gale',
    ['storage'],
    'Zurich',
    { nodes: 1, cpusPerNode: 8, memoryGiBPerNode: 64, storageGiBPerNode: 8_000 },
    8,
  ),
  server('halo', ['edge'], 'Lab 4.12', { nodes: 1, cpusPerNode: 4, memoryGiBPerNode: 16 }, 5, 'rbac-off'),
  server('iris', ['edge'], 'Lab 4.12', { nodes: 2, cpusPerNode: 4, memoryGiBPerNode: 8 }, 4, 'node-not-ready'),
  server(
    'juno',
    ['gpu', 'azure'],
    'Azure westeurope',
    { nodes: 1, cpusPerNode: 24, memoryGiBPerNode: 220, gpusPerNode: 1 },
    7,
    'timeout',
  ),
  server(
    'kilo',
    ['azure'],
    'Azure westeurope',
    { nodes: 1, cpusPerNode: 8, memoryGiBPerNode: 32 },
    9,
    'host-key-changed',
  ),
  server(
    'luna',
    ['azure'],
    'Azure northeurope',
    { nodes: 1, cpusPerNode: 8, memoryGiBPerNode: 32 },
    9,
    'certificate-expired',
  ),
];

function server(name, tags, location, shape, neighboursPerNode, trouble = 'none') {
  const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7) % 1_000_000;
  const sandbox = { storageGiBPerNode: 500, gpusPerNode: 0, latencyMs: 30, changesPerMinute: 8, ...shape };
  return { name, tags, location, sandbox: { ...sandbox, neighboursPerNode, trouble, seed } };
}

/** One of each fate of a pod: they run, start late, cannot be pulled, crash, take too much memory. */
export const FIRST_PODS = [
  { name: 'jupyter-anna', image: 'registry.example/jupyter:4', cpus: 4, memoryGiB: 16, server: 'atlas', gpus: 1 },
  { name: 'train-resnet', image: 'registry.example/pytorch:2.9', cpus: 16, memoryGiB: 96, server: 'atlas', gpus: 4 },
  { name: 'finetune', image: 'registry.example/pytorch:2.9', cpus: 8, memoryGiB: 48, server: 'borea', gpus: 1 },
  { name: 'notebook-ben', image: 'registry.example/jupyter:4', cpus: 2, memoryGiB: 8, server: 'ceres', gpus: 1 },
  { name: 'web-shop', image: 'nginx:1.29', cpus: 0.5, memoryGiB: 0.5, server: 'ember', ports: [{ containerPort: 80 }] },
  {
    name: 'api',
    image: 'registry.example/api:7',
    cpus: 1,
    memoryGiB: 2,
    server: 'fjord',
    env: [{ name: 'MODE', value: 'fast' }],
  },
  { name: 'postgres', image: 'postgres:18', cpus: 2, memoryGiB: 8, storageGiB: 200, server: 'gale' },
  { name: 'slow-start', image: 'registry.example/slow:1', cpus: 1, memoryGiB: 1, server: 'delos' },
  { name: 'typo-in-tag', image: 'registry.example/missing:latset', cpus: 1, memoryGiB: 1, server: 'delos' },
  { name: 'bad-config', image: 'registry.example/crash:3', cpus: 0.5, memoryGiB: 0.5, server: 'ember' },
  { name: 'leaky', image: 'registry.example/oom:1', cpus: 1, memoryGiB: 0.25, server: 'fjord' },
  { name: 'sensor', image: 'registry.example/sensor:2', cpus: 0.2, memoryGiB: 0.25, server: 'iris' },
  { name: 'batch-juno', image: 'registry.example/batch:1', cpus: 2, memoryGiB: 8, server: 'juno' },
];

const WORK = ['eval', 'render', 'crawl', 'index', 'sweep', 'backup'];
const pick = (from) => from[Math.floor(Math.random() * from.length)];

/** What somebody might launch next, anywhere. */
export function randomPod(sequence) {
  const fate = Math.random();
  const image =
    fate < 0.1 ? 'registry.example/crash:1' : fate < 0.15 ? 'registry.example/missing:1' : 'registry.example/job:1';
  const gpus = Math.random() < 0.2 ? 1 : 0;
  return {
    name: `${pick(WORK)}-${sequence}`,
    image,
    cpus: pick([0.25, 0.5, 1, 2, 4]),
    memoryGiB: pick([0.5, 1, 2, 4, 8]),
    ...(gpus ? { gpus } : {}),
  };
}

/** A large fleet: `pods` pods of other people on `servers` servers of two nodes, `events` changes of them a second in all. */
export function largeFleet(servers, pods, events) {
  // Of those that may be there, 85 % are at a time.
  const neighboursPerNode = Math.min(110, Math.ceil(pods / servers / 2 / (events > 0 ? 0.85 : 1)));
  return Array.from({ length: servers }, (_, index) => ({
    name: `node-${String(index).padStart(4, '0')}`,
    tags: [index % 3 === 0 ? 'gpu' : 'cpu', `rack-${index % 40}`],
    location: `hall ${index % 7}`,
    sandbox: {
      nodes: 2,
      cpusPerNode: [16, 32, 64][index % 3],
      memoryGiBPerNode: [64, 128, 256][index % 3],
      storageGiBPerNode: 500,
      gpusPerNode: index % 3 === 0 ? 4 : 0,
      latencyMs: 5,
      seed: index + 1,
      neighboursPerNode,
      changesPerMinute: Math.min(6_000, Math.round((events * 60_000) / servers) / 1_000),
      trouble: index % 97 === 96 ? 'timeout' : index % 89 === 88 ? 'node-not-ready' : 'none',
    },
  }));
}
