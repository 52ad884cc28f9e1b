import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { AccessModule } from './access/access.module.js';
import { HealthModule } from './health/health.module.js';
import { FleetViews } from './http/fleet-views.js';
import { HttpModule } from './http/http.module.js';
import type { Log } from './http/log.js';
import { PodsModule } from './pods/pods.module.js';
import { RefreshModule } from './refresh/refresh.module.js';
import { SamplesModule } from './samples/samples.module.js';
import { ServersModule } from './servers/servers.module.js';
import { SettingsModule } from './settings.module.js';
import type { Settings } from './settings.js';
import { StateModule } from './state/state.module.js';

/** The map: one module per box of the picture in src/README.md. */
@Module({})
export class AppModule {
  /** `extra`: rooms that only a test has. */
  static of(settings: Settings, log: Log, extra: readonly (Type | DynamicModule)[] = []): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SettingsModule.of(settings),
        ScheduleModule.forRoot(),
        StateModule,
        AccessModule,
        HttpModule.of(log, FleetViews),
        ServersModule,
        PodsModule,
        HealthModule,
        RefreshModule,
        SamplesModule,
        ...extra,
      ],
    };
  }

  /** The state and who may use it, without a server and without jobs. */
  static accessOnly(settings: Settings): DynamicModule {
    return {
      module: AppModule,
      imports: [SettingsModule.of(settings), StateModule, AccessModule],
    };
  }
}
