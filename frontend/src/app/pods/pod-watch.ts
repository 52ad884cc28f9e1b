import { inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { getPod } from '../api/fn/pods/get-pod';
import { listPodEvents } from '../api/fn/pods/list-pod-events';
import type { PodDto } from '../api/models/pod-dto';
import type { PodEventDto } from '../api/models/pod-event-dto';
import { type Problem, toProblem } from '../live/problem';

/** One pod and its events. The pod comes from Berth's own memory; the events are asked of the cluster, so they may be late or missing. */
@Injectable()
export class PodWatch {
  readonly #api = inject(Api);
  readonly #pod = signal<PodDto | null>(null);
  readonly #problem = signal<Problem | null>(null);
  readonly #events = signal<readonly PodEventDto[]>([]);
  readonly #eventsProblem = signal<Problem | null>(null);
  #id = '';
  #asked = 0;
  /** What the events were last read for: they are read again when it changes. */
  #eventsFor = '';

  readonly pod = this.#pod.asReadonly();
  readonly problem = this.#problem.asReadonly();
  readonly events = this.#events.asReadonly();
  readonly eventsProblem = this.#eventsProblem.asReadonly();

  show(id: string): void {
    this.#id = id;
    this.#pod.set(null);
    this.#problem.set(null);
    this.#events.set([]);
    this.#eventsProblem.set(null);
    this.#eventsFor = '';
    void this.refetch();
  }

  async refetch(): Promise<void> {
    const id = this.#id;
    const turn = (this.#asked += 1);
    try {
      const pod = await this.#api.invoke(getPod, { podId: id });
      if (turn !== this.#asked) return;
      this.#pod.set(pod);
      this.#problem.set(null);
      const moment = JSON.stringify([pod.id, pod.state, pod.reason, pod.restartCount, pod.containers]);
      if (moment !== this.#eventsFor) {
        this.#eventsFor = moment;
        await this.refetchEvents();
      }
    } catch (error) {
      if (turn === this.#asked) this.#problem.set(toProblem(error));
    }
  }

  async refetchEvents(): Promise<void> {
    const id = this.#id;
    try {
      const events = await this.#api.invoke(listPodEvents, { podId: id });
      if (id !== this.#id) return;
      this.#events.set(events);
      this.#eventsProblem.set(null);
    } catch (error) {
      if (id === this.#id) this.#eventsProblem.set(toProblem(error));
    }
  }
}
