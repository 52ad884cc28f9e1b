import { Module } from '@nestjs/common';
import { ProviderFactories, ProviderRegistry } from './provider-registry.js';
import { SandboxFaults } from './sandbox/sandbox-faults.js';
import { SandboxProviderFactory } from './sandbox/sandbox.provider.js';
import { SandboxWorlds } from './sandbox/sandbox-worlds.js';

@Module({
  providers: [
    SandboxWorlds,
    SandboxFaults,
    SandboxProviderFactory,
    {
      provide: ProviderFactories,
      useFactory: (sandbox: SandboxProviderFactory) => new ProviderFactories({ sandbox }),
      inject: [SandboxProviderFactory],
    },
    ProviderRegistry,
  ],
  exports: [ProviderRegistry, SandboxFaults, SandboxWorlds],
})
export class ProvidersModule {}
