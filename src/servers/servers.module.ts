import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/clusters.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { FleetController } from './fleet.controller.js';
import { ServerReach } from './reach.js';
import { SandboxSeed } from './sandbox-seed.js';
import { ServerManager } from './server-manager.js';
import { ServerRegistrar } from './server-registrar.js';
import { ServersController } from './servers.controller.js';

@Module({
  imports: [ClustersModule, ProvidersModule],
  controllers: [ServersController, FleetController],
  providers: [ServerManager, ServerReach, ServerRegistrar, SandboxSeed],
  exports: [ServerManager, ServerRegistrar],
})
export class ServersModule {}
