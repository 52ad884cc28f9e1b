import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { Liveness } from '../loops/liveness.js';
import { StateRepository } from '../state/state.repository.js';
import { EventFeed } from './event-feed.js';
import { EventViews } from './event-views.js';
import { EventsController } from './events.controller.js';
import { LivenessChecks, ReadinessChecks } from './liveness.js';
import { Log } from './log.js';
import { Metrics } from './metrics.js';
import { PlainViews } from './plain-views.js';
import { ProblemFilter } from './problem.filter.js';
import { StatusController } from './status.controller.js';
import { Stopping } from './stopping.js';
import { StrictValidationPipe } from './validation.js';

function readiness(state: StateRepository, stopping: Stopping): ReadinessChecks {
  const checks = new ReadinessChecks();
  // The disk's own words hold paths, and this is shown to everybody; /metrics and the log say more.
  checks.register('state', () => (state.health().isWritable ? null : 'the state cannot be written'));
  checks.register('stopping', () => (stopping.isStopping ? 'Berth is stopping' : null));
  return checks;
}

/** What is about HTTP and about no single room. Needs `EventViews` from whoever owns the views. */
@Module({})
export class HttpModule {
  /** `views`: what the event stream shows; made by Nest, so that it may ask for anything that is global. */
  static of(log: Log, views: Type<EventViews> = PlainViews): DynamicModule {
    return {
      module: HttpModule,
      global: true,
      controllers: [StatusController, EventsController],
      providers: [
        { provide: Log, useValue: log },
        { provide: APP_FILTER, useClass: ProblemFilter },
        { provide: APP_PIPE, useClass: StrictValidationPipe },
        {
          provide: Metrics,
          inject: [StateRepository],
          useFactory: (state: StateRepository) => new Metrics(state),
        },
        { provide: Liveness, useExisting: LivenessChecks },
        { provide: EventViews, useClass: views },
        LivenessChecks,
        { provide: ReadinessChecks, inject: [StateRepository, Stopping], useFactory: readiness },
        Stopping,
        EventFeed,
      ],
      exports: [Log, Metrics, Liveness, ReadinessChecks, Stopping, EventFeed],
    };
  }
}
