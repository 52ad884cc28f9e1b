/**
 * The provider contract on a real control plane: that of the machine `plain`. It needs images that fail as they are named, the ones of the
 * facts (`hasFailingImages`) or BERTH_LIVE_IMAGES (`{fate}` stands for web, missing, crash, oom, slow, sticky).
 */
import { readFileSync } from 'node:fs';
import { openKubernetes, type ContractCluster } from '../contract/contract-cluster.js';
import { describeFaults } from '../contract/describe-faults.js';
import { describeKubernetes } from '../contract/describe-kubernetes.js';
import { describeProvider } from '../contract/describe-provider.js';
import { FACTS } from './facts.js';
import { caseWith } from './support/cases.js';

const path = FACTS.plain?.kubeconfig;
const givenImages = process.env['BERTH_LIVE_IMAGES'];
const images = givenImages ?? 'registry.test/{fate}:1';
const kubeconfig = path === undefined ? '' : readFileSync(path, 'utf8');

async function lookAround() {
  const provider = openKubernetes(kubeconfig, 'default');
  const { nodes } = await provider.observe({ timeoutMs: 20_000 });
  const usage = await provider.usage({ timeoutMs: 20_000 });
  await provider.close();
  const node = nodes.find((each) => each.allocatable.gpuCount > 0) ?? nodes[0];
  if (!node) throw new Error('the cluster has no node');
  // A metrics server without measurements yet is there, and has nothing to say.
  return { node, usage };
}

async function facts() {
  const { node } = await lookAround();
  return { kubeconfig, nodeName: node.name, stop: () => Promise.resolve() };
}

if (path !== undefined && (givenImages !== undefined || FACTS.plain?.hasFailingImages)) {
  describeProvider('real control plane', async (): Promise<ContractCluster> => {
    const { node, usage } = await lookAround();
    const namespace = `berth-live-${Math.random().toString(36).slice(2, 8)}`;
    const provider = openKubernetes(kubeconfig, namespace);
    return {
      provider,
      namespace,
      nodeName: node.name,
      gpuResource: node.gpuResource,
      hasMetrics: usage === null ? 'no' : usage.nodes[node.name] ? 'yes' : 'empty',
      image: (fate) => images.replace('{fate}', fate),
      stop: () => provider.close(),
    };
  });

  describeKubernetes('real control plane', facts);
  describeFaults('real control plane', facts);
} else {
  caseWith(['plain.kubeconfig', 'plain.hasFailingImages'], 'the provider contract holds on a real control plane', () =>
    Promise.reject(new Error('unreachable')),
  );
}
