import { Component, computed, debounced, effect, inject, input, linkedSignal, output, untracked } from '@angular/core';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import { statusWords } from '../ui/status-words';
import { POD_STATES, type PodScope, type PodsQuery } from './pods-query';

const SCOPES: readonly { readonly scope: PodScope; readonly label: string }[] = [
  { scope: 'managed', label: 'Of Berth' },
  { scope: 'foreign', label: 'Of others' },
  { scope: 'all', label: 'All pods' },
];
const TYPING_PAUSE_MS = 200;

/** Search, state, server, and whether pods that are over are shown. What it changes goes into the address. */
@Component({
  selector: 'berth-pod-filter-bar',
  imports: [Icon],
  templateUrl: './pod-filter-bar.html',
  styleUrl: './pod-filter-bar.css',
})
export class PodFilterBar {
  readonly #servers = inject(ServersStore);
  readonly query = input.required<PodsQuery>();
  readonly filtered = output<Readonly<Record<string, string | undefined>>>();

  /** What is in the field: the address follows it, and it follows the address. */
  protected readonly text = linkedSignal(() => this.query().search);
  readonly #settled = debounced(this.text, TYPING_PAUSE_MS);
  protected readonly scopes = SCOPES;
  protected readonly states = POD_STATES.map((state) => ({ state, label: statusWords(state).label }));
  protected readonly servers = computed(() =>
    this.#servers
      .all()
      .map(({ id, name }) => ({ id, name }))
      .sort((a, b) => a.name.localeCompare(b.name)),
  );

  constructor() {
    effect(() => {
      const search = this.#settled.value();
      untracked(() => {
        if (search !== undefined && search === this.text() && search !== this.query().search) {
          this.filtered.emit({ q: search || undefined });
        }
      });
    });
  }

  protected type(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.text.set(event.target.value);
  }

  protected choose(part: 'state' | 'server' | 'scope', event: Event): void {
    if (!(event.target instanceof HTMLSelectElement)) return;
    const { value } = event.target;
    this.filtered.emit({ [part]: value === '' || value === 'managed' ? undefined : value });
  }

  protected showFinished(): void {
    this.filtered.emit({ over: this.query().isFinishedShown ? undefined : 'true' });
  }
}
