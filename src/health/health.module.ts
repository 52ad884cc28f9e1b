import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/clusters.module.js';
import { LoopsModule } from '../loops/loops.module.js';
import { HealthController } from './health.controller.js';
import { HealthMonitor } from './health-monitor.js';

/** Needs ScheduleModule.forRoot(), and Settings, StateRepository and Liveness from global modules. */
@Module({
  imports: [ClustersModule, LoopsModule],
  controllers: [HealthController],
  providers: [HealthMonitor],
  exports: [HealthMonitor],
})
export class HealthModule {}
