import { computed, effect, inject, Injectable, signal, untracked } from '@angular/core';
import { Api } from '../api/api';
import { getFleet } from '../api/fn/fleet/get-fleet';
import { listServers } from '../api/fn/servers/list-servers';
import type { FleetDto } from '../api/models/fleet-dto';
import type { ServerDto } from '../api/models/server-dto';
import { Clock } from './clock';
import { feedEvent } from './feed-events';
import { EventStream, type StreamState } from './event-stream';
import { FleetStore } from './fleet-store';
import { freshnessOf } from './freshness';
import { PodHints } from './pod-hints';
import { type Problem, toProblem } from './problem';
import { ServersStore } from './servers-store';
import { Session } from './session';
import type { ServerEvent } from './sse-parser';
import { browserHost } from './stream-host';

const ADDRESS = '/api/v1/events?topics=fleet,servers';

/**
 * Fills the stores while someone is signed in: a list when the stream begins anew, events from then on.
 * A stream that cannot be opened reads the list at each attempt instead: the page is never older than its banner says.
 */
@Injectable({ providedIn: 'root' })
export class LiveFeed {
  readonly #api = inject(Api);
  readonly #clock = inject(Clock);
  readonly #session = inject(Session);
  readonly #servers = inject(ServersStore);
  readonly #fleet = inject(FleetStore);
  readonly #pods = inject(PodHints);
  readonly #state = signal<StreamState>({ kind: 'closed' });
  readonly #problem = signal<Problem | null>(null);
  #readAt = 0;
  #life = 0;
  #isReading = false;
  #isWantedAgain = false;

  readonly #stream = new EventStream(
    ADDRESS,
    browserHost(() => this.#clock.read()),
    {
      state: (state) => this.#state.set(state),
      event: (event) => this.#take(event),
      opened: (isResumed, response) => this.#opened(isResumed, response),
      failed: (status) => this.#failed(status),
    },
  );

  readonly freshness = computed(() =>
    freshnessOf(this.#state(), Math.max(this.#stream.heardAt, this.#readAt), this.#clock.now()),
  );
  /** Why the last list could not be read; null when it could. */
  readonly problem = this.#problem.asReadonly();

  constructor() {
    effect(() => {
      const isSignedIn = this.#session.state() === 'signed-in';
      untracked(() => (isSignedIn ? this.#stream.open() : this.#stop()));
    });
  }

  tryNow(): void {
    this.#stream.tryNow();
  }

  /** Reads servers and sums again; events go on meanwhile. While a read is under way, one more follows it. */
  async reload(): Promise<void> {
    if (this.#isReading) {
      this.#isWantedAgain = true;
      return;
    }
    this.#isReading = true;
    this.#isWantedAgain = false;
    const life = this.#life;
    this.#servers.beginLoad();
    try {
      const [servers, fleet] = await Promise.all([this.#api.invoke(listServers), this.#api.invoke(getFleet)]);
      if (life === this.#life) this.#loaded(servers.items, fleet);
    } catch (error) {
      if (life === this.#life) this.#problem.set(toProblem(error));
    }
    this.#isReading = false;
    if (this.#isWantedAgain) void this.reload();
  }

  #loaded(servers: readonly ServerDto[], fleet: FleetDto): void {
    this.#servers.load(servers);
    this.#fleet.put(fleet);
    this.#readAt = this.#clock.read();
    this.#problem.set(null);
  }

  #stop(): void {
    this.#life += 1;
    this.#stream.close();
    this.#servers.forget();
    this.#fleet.forget();
    this.#problem.set(null);
    this.#readAt = 0;
  }

  #opened(isResumed: boolean, response: Response): void {
    this.#clock.learn(response.headers.get('date'));
    if (!isResumed || !this.#servers.isLoaded()) void this.reload();
  }

  #failed(status: number): void {
    if (status === 401) this.#session.lost();
    else if (status !== 200) void this.reload();
  }

  #take(event: ServerEvent): void {
    const told = feedEvent(event);
    switch (told?.kind) {
      case 'fleet':
        this.#fleet.put(told.fleet);
        break;
      case 'server':
        this.#servers.put(told.server);
        break;
      case 'server-removed':
        this.#servers.remove(told.id);
        break;
      case 'ages':
        this.#servers.putAges(told.observedAt);
        break;
      case 'pods':
        this.#pods.tell(told.serverIds);
        break;
      case 'reset':
        this.#pods.tell(null);
        void this.reload();
        break;
      case undefined:
        break;
    }
  }
}
