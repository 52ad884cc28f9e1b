import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { Settings } from './settings.js';

/** Makes the one frozen `Settings` injectable everywhere; @nestjs/config holds it under `berth`, and reads no file of its own. */
@Module({})
export class SettingsModule {
  static of(settings: Settings): DynamicModule {
    const berth = registerAs('berth', () => settings);
    return {
      module: SettingsModule,
      global: true,
      imports: [ConfigModule.forRoot({ load: [berth], ignoreEnvFile: true, skipProcessEnv: true })],
      providers: [{ provide: Settings, inject: [berth.KEY], useFactory: (loaded: Settings) => loaded }],
      exports: [Settings],
    };
  }
}
