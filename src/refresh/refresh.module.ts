import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/clusters.module.js';
import { LoopsModule } from '../loops/loops.module.js';
import { RefreshController } from './refresh.controller.js';
import { BackgroundRefresh } from './background-refresh.js';

/** Needs ScheduleModule.forRoot(), and Settings, StateRepository and Liveness from global modules. */
@Module({
  imports: [ClustersModule, LoopsModule],
  controllers: [RefreshController],
  providers: [BackgroundRefresh],
  exports: [BackgroundRefresh],
})
export class RefreshModule {}
