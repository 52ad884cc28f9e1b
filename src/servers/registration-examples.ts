/** What the try-it console offers. A pretend cluster can be registered as it stands; the others need facts of the machine. */
export const REGISTRATIONS = {
  sandbox: { summary: 'A pretend cluster', value: { name: 'pretend', sandbox: { nodes: 2, cpusPerNode: 8 } } },
  ssh: {
    summary: 'A machine, by password',
    value: {
      name: 'lab-1',
      ssh: {
        host: '203.0.113.10',
        username: 'azureuser',
        password: 'its password',
        hostKeyFingerprint: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
      },
    },
  },
  kubeconfig: {
    summary: 'A cluster, by its kubeconfig',
    value: { name: 'lab-2', kubeconfig: { text: 'apiVersion: v1' } },
  },
};
