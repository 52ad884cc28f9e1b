import { Component, computed, DestroyRef, effect, inject, input, signal, untracked } from '@angular/core';
import { Api } from '../api/api';
import { getServerSamples } from '../api/fn/samples/get-server-samples';
import type { ServerSamplesDto } from '../api/models/server-samples-dto';
import { type Problem, toProblem } from '../live/problem';
import { formatAmount, RESOURCE_WORDS } from '../ui/amount-format';
import { ProblemBox } from '../ui/problem-box';
import { ThemeColours } from './chart-colours';
import { capacityOption, latencyOption } from './chart-options';
import { capacityHistories, capacityWords, instants, latencyWords, type Numbers, spread } from './history';
import { LineChart } from './line-chart';

const TABLE_ROWS = 12;

/** One drawing with the same in words and in numbers. */
interface Panel {
  readonly id: string;
  readonly heading: string;
  readonly words: string;
  readonly option: ReturnType<typeof capacityOption>;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** How capacity and latency of a server went: from Berth's own samples, read again as often as they are taken. */
@Component({
  selector: 'berth-server-history',
  imports: [LineChart, ProblemBox],
  templateUrl: './server-history.html',
  styleUrl: './server-history.css',
})
export class ServerHistory {
  readonly #api = inject(Api);
  readonly #colours = inject(ThemeColours).colours;
  readonly serverId = input.required<string>();

  protected readonly hours = signal<1 | 24>(1);
  protected readonly problem = signal<Problem | null>(null);
  protected readonly samples = signal<ServerSamplesDto | null>(null);
  protected readonly panels = computed(() => {
    const samples = this.samples();
    return samples === null ? [] : [...this.#capacityPanels(samples), this.#latencyPanel(samples)];
  });
  #read = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    effect(() => {
      this.serverId();
      this.hours();
      untracked(() => {
        this.samples.set(null);
        void this.read();
      });
    });
    inject(DestroyRef).onDestroy(() => {
      this.#read += 1;
      clearTimeout(this.#timer);
    });
  }

  /** Concurrency: an answer to an older question is dropped. */
  protected async read(): Promise<void> {
    const read = (this.#read += 1);
    clearTimeout(this.#timer);
    try {
      const samples = await this.#api.invoke(getServerSamples, { serverId: this.serverId(), hours: this.hours() });
      if (read !== this.#read) return;
      this.samples.set(samples);
      this.problem.set(null);
    } catch (error) {
      if (read !== this.#read) return;
      this.problem.set(toProblem(error));
    }
    this.#timer = setTimeout(() => void this.read(), 1_000 * (this.samples()?.intervalSeconds ?? 15));
  }

  #capacityPanels(samples: ServerSamplesDto): Panel[] {
    return capacityHistories(samples).map((history) => {
      const at = instants(samples, history.allocatable.length);
      const { resource, reserved, foreign, allocatable, used } = history;
      const amount = (value: number | null | undefined): string =>
        value == null ? '–' : formatAmount(resource, value);
      const lists: Numbers[] = used ? [reserved, foreign, allocatable, used] : [reserved, foreign, allocatable];
      return {
        id: resource,
        heading: RESOURCE_WORDS[resource].label,
        words: capacityWords(history),
        option: capacityOption(history, at, this.#colours()),
        columns: ['Time', 'Reserved', 'Other pods', 'Offered', ...(used ? ['Used'] : [])],
        rows: table(at, lists, amount),
      };
    });
  }

  #latencyPanel(samples: ServerSamplesDto): Panel {
    const { link, api } = samples.latencyMs;
    const at = instants(samples, link.length);
    return {
      id: 'latency',
      heading: 'Latency of the checks',
      words: latencyWords(samples),
      option: latencyOption(link, api, at, this.#colours()),
      columns: ['Time', 'Connection', 'Kubernetes API'],
      rows: table(at, [link, api], (value) => (value == null ? '–' : `${Math.round(value)} ms`)),
    };
  }
}

function table(
  at: readonly number[],
  lists: readonly Numbers[],
  words: (value: number | null | undefined) => string,
): string[][] {
  return spread(at.length, TABLE_ROWS).map((index) => {
    const time = new Date(at[index] ?? 0).toLocaleTimeString();
    return [time].concat(lists.map((numbers) => words(numbers[index])));
  });
}
