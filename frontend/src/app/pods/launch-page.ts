import { Component, computed, effect, ElementRef, inject, input, signal, untracked, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';
import { Api } from '../api/api';
import { getPod } from '../api/fn/pods/get-pod';
import { Clock } from '../live/clock';
import { LiveFeed } from '../live/live-feed';
import { type Problem, toProblem } from '../live/problem';
import { ServersStore } from '../live/servers-store';
import { type Resource, RESOURCES } from '../ui/amount-format';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { AmountField } from './amount-field';
import { EnvField } from './env-field';
import { closedServer, fitting, mostFree, reach, type Spot, spotsOf } from './fit';
import { FitsPanel } from './fits-panel';
import { checkDraft, draftOf, EMPTY_DRAFT, type LaunchDraft, withLink } from './launch-draft';
import { Launcher } from './launcher';
import { PortsField } from './ports-field';
import { RefusalBox, type WayOut } from './refusal-box';
import { WordsField } from './words-field';

/** Numbers age slowly here: looking at the clock each second would compute every node again. */
const LOOK_EVERY_MS = 10_000;

@Component({
  selector: 'berth-launch-page',
  imports: [
    AmountField,
    EmptyState,
    EnvField,
    FitsPanel,
    Icon,
    PortsField,
    ProblemBox,
    RefusalBox,
    RouterLink,
    WordsField,
  ],
  providers: [Launcher],
  templateUrl: './launch-page.html',
  styleUrls: ['./form.css', './launch-page.css'],
})
export class LaunchPage {
  readonly #api = inject(Api);
  readonly #router = inject(Router);
  readonly #launcher = inject(Launcher);
  readonly #clock = inject(Clock);
  protected readonly servers = inject(ServersStore);
  protected readonly feed = inject(LiveFeed);

  /** From the address: a pod to launch again, and parts of the form. */
  readonly from = input<string>();
  readonly server = input<string>();
  readonly node = input<string>();
  readonly image = input<string>();
  readonly cpus = input<string>();
  readonly memoryGiB = input<string>();
  readonly storageGiB = input<string>();
  readonly gpus = input<string>();

  private readonly outcome = viewChild<ElementRef<HTMLElement>>('outcome');
  private readonly form = viewChild<ElementRef<HTMLFormElement>>('form');

  protected readonly resources = RESOURCES;
  protected readonly draft = signal(EMPTY_DRAFT);
  protected readonly problem = signal<Problem | null>(null);
  protected readonly fromProblem = signal<Problem | null>(null);
  protected readonly isBusy = signal(false);
  /** Until somebody has tried to launch, a field that is still empty is no mistake. */
  protected readonly hasTried = signal(false);

  protected readonly checked = computed(() => checkDraft(this.draft()));
  readonly #now = computed(() => Math.floor(this.#clock.now() / LOOK_EVERY_MS) * LOOK_EVERY_MS);
  protected readonly spots = computed(() => spotsOf(this.servers.all(), this.#now()));
  protected readonly spotsHere = computed(() => {
    const { serverId, nodeName } = this.draft();
    return this.spots().filter(
      ({ server, node }) =>
        (serverId === null || server.id === serverId) &&
        (serverId === null || nodeName === null || node.name === nodeName),
    );
  });
  protected readonly spotsOfServer = computed(() =>
    this.spots().filter(({ server }) => this.draft().serverId === null || server.id === this.draft().serverId),
  );
  protected readonly most = computed(() => mostFree(this.spotsHere()));
  protected readonly reaches = computed(() => {
    const { amounts } = this.draft();
    return Object.fromEntries(RESOURCES.map((each) => [each, reach(each, amounts, this.spotsHere())]));
  });
  protected readonly closed = computed(() =>
    this.servers
      .all()
      .filter(({ id }) => this.draft().serverId === null || id === this.draft().serverId)
      .flatMap((server) => {
        const reason = closedServer(server, this.#now());
        return reason === null ? [] : [{ server, reason }];
      }),
  );
  protected readonly choices = computed(() =>
    this.servers
      .all()
      .map((server) => ({ id: server.id, name: server.name, closed: closedServer(server, this.#now()) }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  );
  protected readonly nodeNames = computed(() => {
    const { serverId } = this.draft();
    return serverId === null
      ? []
      : (this.servers
          .byId()
          .get(serverId)
          ?.nodes.map(({ name }) => name) ?? []);
  });
  protected readonly chosen = computed(() => ({ serverId: this.draft().serverId, nodeName: this.draft().nodeName }));
  protected readonly best = computed(() => fitting(this.draft().amounts, this.spotsHere())[0] ?? null);
  protected readonly isRefusal = computed(() => {
    const code = this.problem()?.code;
    return code === 'INSUFFICIENT_RESOURCES' || code === 'SERVER_NOT_READY';
  });

  constructor() {
    effect(() => {
      const link = {
        server: this.server(),
        node: this.node(),
        image: this.image(),
        cpus: this.cpus(),
        memoryGiB: this.memoryGiB(),
        storageGiB: this.storageGiB(),
        gpus: this.gpus(),
      };
      const from = this.from();
      untracked(() => {
        this.draft.set(withLink(EMPTY_DRAFT, link));
        this.problem.set(null);
        this.fromProblem.set(null);
        if (from !== undefined) void this.#copy(from, (draft) => withLink(draft, link));
      });
    });
  }

  protected patch(change: Partial<LaunchDraft>): void {
    this.draft.update((draft) => ({ ...draft, ...change }));
  }

  protected setAmount(resource: Resource, value: number): void {
    this.patch({ amounts: { ...this.draft().amounts, [resource]: value } });
  }

  protected say(field: string): string {
    const problem = this.checked().problems[field] ?? '';
    const isEmptyImage = field === 'image' && this.draft().image === '';
    return isEmptyImage && !this.hasTried() ? '' : problem;
  }

  protected typed(field: 'image' | 'name', event: Event): void {
    if (event.target instanceof HTMLInputElement) this.patch({ [field]: event.target.value });
  }

  protected chooseServer(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.patch({ serverId: event.target.value || null, nodeName: null });
  }

  protected chooseNode(event: Event): void {
    if (event.target instanceof HTMLSelectElement) this.patch({ nodeName: event.target.value || null });
  }

  protected chooseSpot({ server, node }: Spot): void {
    const { serverId, nodeName } = this.draft();
    const isChosen = server.id === serverId && node.name === nodeName;
    this.patch(isChosen ? { serverId: null, nodeName: null } : { serverId: server.id, nodeName: node.name });
  }

  protected wayOut(way: WayOut): void {
    this.patch(way);
    void this.launch();
  }

  protected submit(event: Event): void {
    event.preventDefault();
    void this.launch();
  }

  protected stateWords(closed: string | null): string {
    return closed === null ? '' : ` (${closed})`;
  }

  protected async launch(): Promise<void> {
    this.hasTried.set(true);
    const { body } = this.checked();
    if (this.isBusy()) return;
    if (!body) {
      requestAnimationFrame(() =>
        this.form()?.nativeElement.querySelector<HTMLElement>('[aria-invalid=true]')?.focus(),
      );
      return;
    }
    this.isBusy.set(true);
    try {
      const pod = await this.#launcher.launch(body);
      await this.#router.navigate(['/pods', pod.id]);
    } catch (error) {
      this.problem.set(toProblem(error));
      requestAnimationFrame(() => this.outcome()?.nativeElement.scrollIntoView({ block: 'nearest' }));
    } finally {
      this.isBusy.set(false);
    }
  }

  async #copy(podId: string, finish: (draft: LaunchDraft) => LaunchDraft): Promise<void> {
    try {
      const pod = await this.#api.invoke(getPod, { podId });
      if (this.from() === podId) this.draft.set(finish(draftOf(pod)));
    } catch (error) {
      if (this.from() === podId) this.fromProblem.set(toProblem(error));
    }
  }
}
