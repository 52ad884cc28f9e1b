import { SandboxFaults } from '../../src/providers/sandbox/sandbox-faults.js';
import { SandboxWorlds } from '../../src/providers/sandbox/sandbox-worlds.js';
import { SandboxProviderFactory } from '../../src/providers/sandbox/sandbox.provider.js';
import { type ContractCluster, MIB } from './contract-cluster.js';
import { describeProvider } from './describe-provider.js';

describeProvider('sandbox', async (): Promise<ContractCluster> => {
  const worlds = new SandboxWorlds();
  worlds.times = { ...worlds.times, startMs: 5, slowMs: 400, stopMs: 5, stickyMs: 400, crashMs: 5, aliveMs: 100 };
  const provider = new SandboxProviderFactory(worlds, new SandboxFaults()).open({
    serverId: 'sandbox',
    connectionRevision: 1,
    connection: {
      kind: 'sandbox',
      seed: 1,
      nodeCount: 2,
      cpuMilliPerNode: 8_000,
      memoryBytesPerNode: 32 * 1_024 * MIB,
      storageBytesPerNode: 100 * 1_024 * MIB,
      gpuCountPerNode: 4,
      latencyMs: 0,
      failureRate: 0,
    },
    credential: null,
    namespace: 'berth',
  });
  const { nodes } = await provider.observe({ timeoutMs: 5_000 });
  const [node] = nodes;
  if (!node) throw new Error('the sandbox has no node');
  return {
    provider,
    namespace: 'berth',
    nodeName: node.name,
    gpuResource: node.gpuResource,
    hasMetrics: 'yes',
    image: (fate) => `registry.test/${fate}:1`,
    stop: async () => {
      await provider.close();
      worlds.onApplicationShutdown();
    },
  };
});
