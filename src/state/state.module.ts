import { Global, Inject, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Settings } from '../settings.js';
import { openState } from './open-state.js';
import { SecretBox } from './secret-box.js';
import { StateRepository } from './state.repository.js';
import { WALL_CLOCK, type WallClock } from './wall-clock.js';

const log = new Logger('State');

@Global()
@Module({
  providers: [
    { provide: WALL_CLOCK, useValue: (): Date => new Date() },
    {
      provide: StateRepository,
      useFactory: (settings: Settings, now: WallClock) => openState(settings.state, { now, log }),
      inject: [Settings, WALL_CLOCK],
    },
    {
      provide: SecretBox,
      useFactory: (settings: Settings, state: StateRepository) => SecretBox.load(settings.state, state.read(), log),
      inject: [Settings, StateRepository],
    },
  ],
  exports: [StateRepository, SecretBox, WALL_CLOCK],
})
export class StateModule implements OnApplicationShutdown {
  readonly #state: StateRepository;

  constructor(@Inject(StateRepository) state: StateRepository) {
    this.#state = state;
  }

  /** The last hook of Nest's shutdown: jobs stop in the earlier ones, so nothing writes after this. */
  async onApplicationShutdown(): Promise<void> {
    await this.#state.close();
  }
}
