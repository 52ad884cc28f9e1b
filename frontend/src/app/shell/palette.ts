import { Component, computed, debounced, inject, linkedSignal, output, resource, signal } from '@angular/core';
import { Router } from '@angular/router';
import { Api } from '../api/api';
import { listPods } from '../api/fn/pods/list-pods';
import { ServersStore } from '../live/servers-store';
import { Icon } from '../ui/icon';
import { Modal } from '../ui/modal';
import { findActions, findServers, type PaletteItem, podItems } from './palette-items';

const MAX_PODS = 8;
const TYPING_PAUSE_MS = 150;

/** Ctrl-K: servers from the store, pods from the API, actions. One field and one list; arrows move, Enter goes. */
@Component({
  selector: 'berth-palette',
  imports: [Icon, Modal],
  templateUrl: './palette.html',
  styleUrl: './palette.css',
})
export class Palette {
  readonly #router = inject(Router);
  readonly #api = inject(Api);
  readonly #servers = inject(ServersStore);

  readonly closed = output();
  /** An action without an address was chosen; its id. */
  readonly chosen = output<string>();

  protected readonly text = signal('');
  readonly #settled = debounced(this.text, TYPING_PAUSE_MS);
  protected readonly pods = resource({
    params: () => this.#settled.value()?.trim() || undefined,
    loader: async ({ params: search }) => (await this.#api.invoke(listPods, { search, limit: MAX_PODS })).items,
  });
  readonly #lastPods = linkedSignal<PaletteItem[] | null, PaletteItem[]>({
    source: () => (this.pods.hasValue() ? podItems(this.pods.value()) : null),
    computation: (items, before) => items ?? (this.text().trim() === '' ? [] : (before?.value ?? [])),
  });
  protected readonly items = computed<readonly PaletteItem[]>(() => {
    const text = this.text().trim();
    const pods = text === '' ? [] : this.#lastPods();
    return [...findServers(text, this.#servers.all()), ...pods, ...findActions(text)];
  });
  protected readonly active = linkedSignal<string, number>({ source: this.text, computation: () => 0 });
  protected readonly activeId = computed(() => this.items()[this.active()]?.id ?? null);

  protected type(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.text.set(event.target.value);
  }

  protected key(event: KeyboardEvent): void {
    const count = this.items().length;
    if (event.key === 'ArrowDown' && count > 0) this.#move((this.active() + 1) % count);
    else if (event.key === 'ArrowUp' && count > 0) this.#move((this.active() - 1 + count) % count);
    else if (event.key === 'Enter') this.choose(this.items()[this.active()]);
    else return;
    event.preventDefault();
  }

  protected choose(item: PaletteItem | undefined): void {
    if (!item) return;
    this.closed.emit();
    if (item.path === null) this.chosen.emit(item.id);
    else void this.#router.navigateByUrl(item.path);
  }

  #move(index: number): void {
    this.active.set(index);
    const id = this.activeId();
    if (id) document.getElementById(id)?.scrollIntoView({ block: 'nearest' });
  }
}
