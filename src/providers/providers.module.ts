import { Module } from '@nestjs/common';
import { AddressPolicy } from './address-policy.js';
import { CloudKubernetesFactory, InlineKubeconfigReader } from './kubernetes/cloud-kubernetes-factory.js';
import { KubeLinks } from './kubernetes/kube-links.js';
import { SshHostKeyProbe } from './kubernetes/ssh-host-key-probe.js';
import { HostKeyProbe, KubeconfigReader, ProviderFactories, ProviderRegistry } from './provider-registry.js';
import { SandboxFaults } from './sandbox/sandbox-faults.js';
import { SandboxProviderFactory } from './sandbox/sandbox.provider.js';
import { SandboxWorlds } from './sandbox/sandbox-worlds.js';

@Module({
  providers: [
    AddressPolicy,
    KubeLinks,
    CloudKubernetesFactory,
    SandboxWorlds,
    SandboxFaults,
    SandboxProviderFactory,
    {
      provide: ProviderFactories,
      useFactory: (sandbox: SandboxProviderFactory, kubernetes: CloudKubernetesFactory) =>
        new ProviderFactories({ sandbox, ssh: kubernetes, kubeconfig: kubernetes, 'in-cluster': kubernetes }),
      inject: [SandboxProviderFactory, CloudKubernetesFactory],
    },
    { provide: HostKeyProbe, useClass: SshHostKeyProbe },
    { provide: KubeconfigReader, useClass: InlineKubeconfigReader },
    ProviderRegistry,
  ],
  exports: [ProviderRegistry, HostKeyProbe, KubeconfigReader, SandboxFaults, SandboxWorlds],
})
export class ProvidersModule {}
