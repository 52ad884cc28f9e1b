import { ScrollingModule } from '@angular/cdk/scrolling';
import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Api } from '../api/api';
import { listServerPods } from '../api/fn/servers/list-server-pods';
import type { ClusterPodDto } from '../api/models/cluster-pod-dto';
import { refetchOnPodHints } from '../live/pod-hints';
import { type Problem, toProblem } from '../live/problem';
import { formatAmounts, shortNumber } from '../ui/amount-format';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { filterPods, type Owner } from './server-pod-filter';

const ROW_PX = 48;
const MAX_ROWS_SHOWN = 12;

/**
 * Every pod that the cluster reports, Berth's and others'. Read again when the stream says that pods of this server changed.
 * Concurrency: one read at a time; what changes meanwhile asks for one more. A read of another server is dropped.
 */
@Component({
  selector: 'berth-server-pods',
  imports: [Icon, ProblemBox, RouterLink, ScrollingModule],
  templateUrl: './server-pods.html',
  styleUrl: './server-pods.css',
})
export class ServerPods {
  readonly #api = inject(Api);
  readonly serverId = input.required<string>();

  readonly #pods = signal<readonly ClusterPodDto[] | null>(null);
  #isReading = false;
  #isWantedAgain = false;

  protected readonly text = signal('');
  protected readonly owner = signal<Owner>('all');
  protected readonly problem = signal<Problem | null>(null);
  protected readonly isLoaded = computed(() => this.#pods() !== null);
  protected readonly all = computed(() => this.#pods() ?? []);
  protected readonly shown = computed(() => filterPods(this.all(), this.text(), this.owner()));
  protected readonly managedCount = computed(() => this.all().filter(({ podId }) => podId !== null).length);
  protected readonly height = computed(() => ROW_PX * Math.min(MAX_ROWS_SHOWN, Math.max(1, this.shown().length)));
  protected readonly owners = computed(() => [
    { owner: 'all' as const, label: `All ${this.all().length}` },
    { owner: 'managed' as const, label: `Berth's ${this.managedCount()}` },
    { owner: 'foreign' as const, label: `Others ${this.all().length - this.managedCount()}` },
  ]);
  protected readonly rowPx = ROW_PX;

  constructor() {
    effect(() => {
      this.serverId();
      untracked(() => {
        this.#pods.set(null);
        void this.read();
      });
    });
    refetchOnPodHints(
      () => this.serverId(),
      () => void this.read(),
    );
  }

  protected async read(): Promise<void> {
    if (this.#isReading) {
      this.#isWantedAgain = true;
      return;
    }
    this.#isReading = true;
    this.#isWantedAgain = false;
    const serverId = this.serverId();
    try {
      const pods = await this.#api.invoke(listServerPods, { serverId });
      if (serverId === this.serverId()) this.#pods.set(pods);
      this.problem.set(null);
    } catch (error) {
      this.problem.set(toProblem(error));
    }
    this.#isReading = false;
    if (this.#isWantedAgain) void this.read();
  }

  protected type({ target }: Event): void {
    if (target instanceof HTMLInputElement) this.text.set(target.value);
  }

  protected readonly keyOf = (_index: number, pod: ClusterPodDto): string => `${pod.namespace}/${pod.name}`;

  protected asks({ amounts }: ClusterPodDto): string {
    return formatAmounts(amounts);
  }

  protected uses({ usage }: ClusterPodDto): string {
    return usage === null ? '' : `${shortNumber(usage.cpus)} cores, ${shortNumber(usage.memoryGiB)} GiB in use`;
  }
}
