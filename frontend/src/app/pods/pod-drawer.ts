import {
  afterNextRender,
  Component,
  computed,
  effect,
  ElementRef,
  inject,
  input,
  signal,
  untracked,
} from '@angular/core';
import { Title } from '@angular/platform-browser';
import { Router } from '@angular/router';
import { refetchOnPodHints } from '../live/pod-hints';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { StatusBadge } from '../ui/status-badge';
import type { ManagedPod } from './managed-pod';
import type { PodAct } from './pod-acts';
import { PodActDialog } from './pod-act-dialog';
import { PodLog } from './pod-log';
import { PodMenu } from './pod-menu';
import { PodOverview } from './pod-overview';
import { PodSpec } from './pod-spec';
import { PodWatch } from './pod-watch';
import { ReleaseDialog } from './release-dialog';

const TABS = [
  { id: 'overview', label: 'Overview' },
  { id: 'log', label: 'Log' },
  { id: 'spec', label: 'Configuration' },
] as const;
type Tab = (typeof TABS)[number]['id'];

/** One pod beside the list. Escape closes it; the focus goes back to its row. */
@Component({
  selector: 'berth-pod-drawer',
  imports: [
    EmptyState,
    Icon,
    PodActDialog,
    PodLog,
    PodMenu,
    PodOverview,
    PodSpec,
    ProblemBox,
    ReleaseDialog,
    StatusBadge,
  ],
  providers: [PodWatch],
  templateUrl: './pod-drawer.html',
  styleUrl: './pod-drawer.css',
  host: { '(document:keydown.escape)': 'escape($event)' },
})
export class PodDrawer {
  readonly #router = inject(Router);
  readonly #title = inject(Title);
  readonly #element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  protected readonly watch = inject(PodWatch);

  /** From the address. */
  readonly podId = input.required<string>();
  readonly tab = input<string>();

  protected readonly tabs = TABS;
  protected readonly pod = this.watch.pod;
  protected readonly shown = computed<Tab>(() => TABS.find(({ id }) => id === this.tab())?.id ?? 'overview');
  protected readonly asked = signal<{ readonly act: PodAct; readonly pods: readonly ManagedPod[] } | null>(null);
  protected readonly isReleasing = signal(false);
  protected readonly isGone = computed(() => this.watch.problem()?.code === 'POD_NOT_FOUND');

  constructor() {
    effect(() => {
      const id = this.podId();
      untracked(() => this.watch.show(id));
    });
    effect(() => {
      const name = this.pod()?.name;
      if (name !== undefined) this.#title.setTitle(`${name} · Pods · Berth`);
    });
    refetchOnPodHints(
      () => this.pod()?.serverId ?? null,
      () => void this.watch.refetch(),
    );
    afterNextRender(() => this.#element.querySelector<HTMLElement>('h2')?.focus({ preventScroll: true }));
  }

  protected choose(tab: Tab): void {
    void this.#router.navigate(['/pods', this.podId()], {
      queryParams: { tab: tab === 'overview' ? null : tab },
      queryParamsHandling: 'merge',
      replaceUrl: true,
      scroll: 'manual',
    });
  }

  protected key(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = TABS.findIndex(({ id }) => id === this.shown());
    const next = TABS[(at + step + TABS.length) % TABS.length];
    if (!next) return;
    this.choose(next.id);
    document.getElementById(`tab-${next.id}`)?.focus();
  }

  protected escape(event: Event): void {
    const isTaken = event.defaultPrevented || document.querySelector('dialog[open], [role=menu]') !== null;
    if (!isTaken) this.close();
  }

  protected close(): void {
    const row = document.querySelector<HTMLElement>(`[data-pod="${CSS.escape(this.podId())}"] td.name a`);
    row?.focus({ preventScroll: true });
    void this.#router.navigate(['/pods'], {
      queryParams: { tab: null },
      queryParamsHandling: 'merge',
      scroll: 'manual',
    });
  }

  protected acted(): void {
    this.asked.set(null);
    void this.watch.refetch();
  }

  protected released(): void {
    this.isReleasing.set(false);
    void this.watch.refetch();
  }
}
