import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/clusters.module.js';
import { PodManager } from './pod-manager.js';
import { PodSettler } from './pod-settler.js';
import { PodsController } from './pods.controller.js';

@Module({
  imports: [ClustersModule],
  controllers: [PodsController],
  providers: [PodManager, PodSettler],
  exports: [PodManager],
})
export class PodsModule {}
