import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { type ContractCluster, openKubernetes } from './contract-cluster.js';
import { describeFaults } from './describe-faults.js';
import { describeKubernetes } from './describe-kubernetes.js';
import { describeProvider } from './describe-provider.js';

async function fakeFacts() {
  const fake = await new FakeKubernetes().start();
  return { kubeconfig: fake.kubeconfig(), nodeName: 'node-a', stop: () => fake.stop() };
}

describeProvider('fake Kubernetes API', async (): Promise<ContractCluster> => {
  const fake = await new FakeKubernetes({ hasMetrics: true }).start();
  const provider = openKubernetes(fake.kubeconfig(), 'berth');
  return {
    provider,
    namespace: 'berth',
    nodeName: 'node-a',
    gpuResource: 'nvidia.com/gpu',
    hasMetrics: 'yes',
    image: (fate) => `registry.test/${fate}:1`,
    stop: async () => {
      await provider.close();
      await fake.stop();
    },
  };
});

describeKubernetes('fake Kubernetes API', fakeFacts);
describeFaults('fake Kubernetes API', fakeFacts);
