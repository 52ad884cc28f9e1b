import { Location } from '@angular/common';
import { Component, computed, effect, inject, input, linkedSignal, signal, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { NavigationEnd, Router, RouterLink, RouterOutlet } from '@angular/router';
import { filter, map } from 'rxjs';
import type { PodRowDto } from '../api/models/pod-row-dto';
import { refetchOnPodHints } from '../live/pod-hints';
import { ServersStore } from '../live/servers-store';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { Toasts } from '../ui/toasts';
import { type ManagedPod, managedPod } from './managed-pod';
import { canDelete, type PodAct } from './pod-acts';
import { PodActDialog } from './pod-act-dialog';
import { PodFilterBar } from './pod-filter-bar';
import { PodList } from './pod-list';
import { PodPager } from './pod-pager';
import { PodTable } from './pod-table';
import { hasFilter, naturalOrder, pagesBefore, podsQuery, type PodSort } from './pods-query';
import { ReleaseDialog } from './release-dialog';

/**
 * Pods, a page at a time: the address says which, the server sorts and filters, and only what is seen is in memory.
 * The drawer of one pod is a child route over it.
 */
@Component({
  selector: 'berth-pods-page',
  imports: [
    EmptyState,
    Icon,
    PodActDialog,
    PodFilterBar,
    PodPager,
    PodTable,
    ProblemBox,
    ReleaseDialog,
    RouterLink,
    RouterOutlet,
  ],
  providers: [PodList],
  templateUrl: './pods-page.html',
  styleUrl: './pods-page.css',
})
export class PodsPage {
  readonly #router = inject(Router);
  readonly #location = inject(Location);
  readonly #toasts = inject(Toasts);
  readonly #servers = inject(ServersStore);
  protected readonly list = inject(PodList);

  /** From the address. */
  readonly q = input<string>();
  readonly state = input<string>();
  readonly server = input<string>();
  readonly scope = input<string>();
  readonly sort = input<string>();
  readonly order = input<string>();
  readonly over = input<string>();
  readonly cursor = input<string>();

  protected readonly query = computed(() =>
    podsQuery({
      q: this.q(),
      state: this.state(),
      server: this.server(),
      scope: this.scope(),
      sort: this.sort(),
      order: this.order(),
      over: this.over(),
      cursor: this.cursor(),
    }),
  );
  readonly #url = toSignal(
    this.#router.events.pipe(
      filter((event) => event instanceof NavigationEnd),
      map((event) => event.urlAfterRedirects),
    ),
    { initialValue: this.#router.url },
  );
  protected readonly openId = computed(() => /^\/pods\/([^/?#]+)/.exec(this.#url())?.[1] ?? '');
  protected readonly queryText = computed(() => /\?[^#]*/.exec(this.#url())?.[0] ?? '');
  protected readonly before = computed(() => {
    this.#url();
    return this.cursor() === undefined ? [] : pagesBefore(this.#location.getState());
  });
  protected readonly isFiltered = computed(() => hasFilter(this.query()));
  protected readonly hasServers = computed(() => !this.#servers.isLoaded() || this.#servers.byId().size > 0);

  /** Pods ticked on any page of this list; another filter is another list. */
  protected readonly selected = linkedSignal<string, ReadonlyMap<string, ManagedPod>>({
    source: () => JSON.stringify({ ...this.query(), cursor: '' }),
    computation: () => new Map(),
  });
  protected readonly deletable = computed(() => {
    const rows = this.list.items().flatMap((row) => managedPod(row) ?? []);
    const now = new Map(rows.map((pod) => [pod.id, pod]));
    return [...this.selected().values()].map((pod) => now.get(pod.id) ?? pod).filter(canDelete);
  });
  protected readonly asked = signal<{ readonly act: PodAct; readonly pods: readonly ManagedPod[] } | null>(null);
  protected readonly releasing = signal<ManagedPod | null>(null);

  constructor() {
    effect(() => {
      const query = this.query();
      untracked(() => this.list.show(query));
    });
    refetchOnPodHints(
      () => this.query().server || null,
      () => void this.list.refetch(),
    );
  }

  /** Part of the address; undefined takes it out. The drawer stays as it is. */
  protected go(change: Readonly<Record<string, string | undefined>>, before: readonly string[] = []): void {
    const tree = this.#router.parseUrl(this.#router.url);
    const all: Record<string, string | undefined> = { ...tree.queryParams, cursor: undefined, ...change };
    tree.queryParams = Object.fromEntries(Object.entries(all).filter(([, value]) => value));
    const isTyping = 'q' in change;
    void this.#router.navigateByUrl(tree, {
      replaceUrl: isTyping,
      state: { pagesBefore: before },
      ...(change['cursor'] === undefined && before.length === 0 ? { scroll: 'manual' as const } : {}),
    });
  }

  /** The same column again turns the order. */
  protected sortBy(sort: PodSort): void {
    const now = this.query();
    const order = now.sort !== sort ? naturalOrder(sort) : now.order === 'asc' ? 'desc' : 'asc';
    this.go({
      sort: sort === 'created' ? undefined : sort,
      order: order === naturalOrder(sort) ? undefined : order,
    });
  }

  protected next(): void {
    const cursor = this.list.page()?.nextCursor;
    if (cursor) this.go({ cursor }, [...this.before(), this.query().cursor]);
  }

  /** After a reload from a bookmark the pages before are not known: then the first one. */
  protected previous(): void {
    const before = this.before();
    this.go({ cursor: before.at(-1) || undefined }, before.slice(0, -1));
  }

  protected open({ id }: PodRowDto): void {
    if (id === null) return;
    void this.#router.navigate(['/pods', id], { queryParamsHandling: 'preserve', scroll: 'manual' });
  }

  protected toggle(pods: readonly ManagedPod[]): void {
    this.selected.update((selected) => {
      const next = new Map(selected);
      for (const pod of pods) {
        if (!next.delete(pod.id)) next.set(pod.id, pod);
      }
      return next;
    });
  }

  protected clearSelection(): void {
    this.selected.set(new Map());
  }

  protected acted(done: readonly string[]): void {
    const act = this.asked()?.act;
    this.asked.set(null);
    if (done.length === 0) return;
    this.toggle([...this.selected().values()].filter(({ id }) => done.includes(id)));
    const what = done.length === 1 ? 'The pod is' : `${done.length} pods are`;
    this.#toasts.show(`${what} being ${act === 'delete' ? 'deleted' : 'cancelled'}.`);
    void this.list.refetch();
  }

  protected released(isDone: boolean): void {
    this.releasing.set(null);
    if (!isDone) return;
    this.#toasts.show('The room was taken back.');
    void this.list.refetch();
  }
}
