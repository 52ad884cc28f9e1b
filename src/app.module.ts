import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { HttpModule } from './http/http.module.js';
import type { Log } from './http/log.js';
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
      imports: [SettingsModule.of(settings), StateModule, AccessModule, HttpModule.of(log), ...extra],
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
