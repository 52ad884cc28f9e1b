import { Component, computed, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { PodRowDto } from '../api/models/pod-row-dto';
import { Age } from '../ui/age';
import { AmountPipe, AmountsPipe } from '../ui/amount.pipe';
import { StatusBadge } from '../ui/status-badge';
import { Icon } from '../ui/icon';
import { type ManagedPod, managedPod } from './managed-pod';
import type { PodAct } from './pod-acts';
import { PodMenu } from './pod-menu';
import type { PodOrder, PodSort } from './pods-query';

/** A picture older than this is said so, seconds. */
const OLD_SECONDS = 90;

const COLUMNS: readonly { readonly label: string; readonly sort: PodSort | null; readonly isNumber?: true }[] = [
  { label: 'Pod', sort: 'name' },
  { label: 'State', sort: 'state' },
  { label: 'Where', sort: 'server' },
  { label: 'CPU', sort: 'cpus', isNumber: true },
  { label: 'Memory', sort: 'memory', isNumber: true },
  { label: 'Storage, GPU', sort: null, isNumber: true },
  { label: 'Restarts', sort: null, isNumber: true },
  { label: 'Age', sort: 'created' },
];

/** One page of pods. A row keeps its place in the page (focus, selection, open menu) while its pod changes. */
@Component({
  selector: 'berth-pod-table',
  imports: [Age, AmountPipe, AmountsPipe, Icon, PodMenu, RouterLink, StatusBadge],
  templateUrl: './pod-table.html',
  styleUrl: './pod-table.css',
})
export class PodTable {
  readonly pods = input.required<readonly PodRowDto[]>();
  /** Ids. */
  readonly selected = input.required<ReadonlyMap<string, ManagedPod>>();
  /** The pod in the drawer; empty: none. */
  readonly openId = input.required<string>();
  /** The query of the page's address, with its question mark, for links. */
  readonly query = input.required<string>();
  readonly sort = input.required<PodSort>();
  readonly order = input.required<PodOrder>();
  readonly open = output<PodRowDto>();
  readonly sortBy = output<PodSort>();
  readonly toggle = output<readonly ManagedPod[]>();
  readonly act = output<{ readonly act: PodAct; readonly pod: ManagedPod }>();
  readonly release = output<ManagedPod>();

  protected readonly oldSeconds = OLD_SECONDS;
  protected readonly columns = COLUMNS;
  protected readonly rows = computed(() =>
    this.pods().map((pod) => ({ pod, managed: managedPod(pod), reason: reasonOf(pod) })),
  );
  readonly #managed = computed(() => this.rows().flatMap(({ managed }) => managed ?? []));
  protected readonly hasManaged = computed(() => this.#managed().length > 0);
  protected readonly areAllSelected = computed(
    () => this.hasManaged() && this.#managed().every(({ id }) => this.selected().has(id)),
  );
  protected readonly areSomeSelected = computed(
    () => !this.areAllSelected() && this.#managed().some(({ id }) => this.selected().has(id)),
  );

  protected toggleAll(): void {
    const isOn = !this.areAllSelected();
    this.toggle.emit(this.#managed().filter(({ id }) => this.selected().has(id) !== isOn));
  }

  protected ariaSort(sort: PodSort): 'ascending' | 'descending' | null {
    if (sort !== this.sort()) return null;
    return this.order() === 'asc' ? 'ascending' : 'descending';
  }

  /** A plain press opens the drawer and leaves the list where it is; with a key held the browser does what it does with links. */
  protected follow(event: MouseEvent, pod: PodRowDto): void {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
    event.preventDefault();
    this.open.emit(pod);
  }

  /** Anywhere on the row that is not something else to press. */
  protected pressRow(event: MouseEvent, pod: PodRowDto): void {
    const isOther = event.target instanceof Element && event.target.closest('a, button, input, label') !== null;
    if (!isOther && !getSelection()?.toString()) this.open.emit(pod);
  }
}

/** A reason that only says the state again is left out. */
const reasonOf = ({ state, reason }: PodRowDto): string => (reason.toLowerCase() === state.toLowerCase() ? '' : reason);
