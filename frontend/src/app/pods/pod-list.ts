import { computed, inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { listPods } from '../api/fn/pods/list-pods';
import type { PodRowDto } from '../api/models/pod-row-dto';
import { Clock } from '../live/clock';
import { type Problem, toProblem } from '../live/problem';
import { podsParams, type PodsQuery } from './pods-query';

export interface PodPage {
  readonly items: readonly PodRowDto[];
  readonly total: number;
  readonly nextCursor: string | null;
  /** When it was read, ISO. */
  readonly readAt: string;
}

/**
 * The one page of pods that is in memory. A page that is asked for while an older answer is on its way wins; a failed request keeps
 * what is shown.
 */
@Injectable()
export class PodList {
  readonly #api = inject(Api);
  readonly #clock = inject(Clock);
  readonly #page = signal<PodPage | null>(null);
  readonly #problem = signal<Problem | null>(null);
  readonly #isLoading = signal(false);
  #query: PodsQuery | null = null;
  #asked = 0;

  readonly page = this.#page.asReadonly();
  readonly problem = this.#problem.asReadonly();
  readonly isLoading = this.#isLoading.asReadonly();
  readonly items = computed(() => this.#page()?.items ?? []);

  show(query: PodsQuery): void {
    this.#query = query;
    this.#isLoading.set(true);
    void this.refetch();
  }

  async refetch(): Promise<void> {
    if (!this.#query) return;
    const turn = (this.#asked += 1);
    try {
      const { items, total, nextCursor } = await this.#api.invoke(listPods, podsParams(this.#query));
      if (turn !== this.#asked) return;
      this.#page.set({ items, total, nextCursor, readAt: new Date(this.#clock.read()).toISOString() });
      this.#problem.set(null);
    } catch (error) {
      if (turn === this.#asked) this.#problem.set(toProblem(error));
    }
    if (turn === this.#asked) this.#isLoading.set(false);
  }
}
