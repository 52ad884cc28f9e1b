import { inject, Injectable, linkedSignal, signal, computed, effect, untracked } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { ActivatedRoute, Router } from '@angular/router';
import { ServersStore } from '../live/servers-store';
import { filterServers, locationsOf, oldestPicture, rankNames, sortServers, tagsOf } from './fleet-filter';
import {
  EVERYTHING,
  type FleetQuery,
  isDescendingFirst,
  isFiltered,
  readQuery,
  type SortKey,
  writeQuery,
} from './fleet-query';

export type Layout = 'cards' | 'table';

const LAYOUT_KEY = 'berth.fleet.layout';
const ADDRESS_PAUSE_MS = 250;

/** What the fleet page shows: the query, the servers that it leaves, and how they are laid out. Lives as long as the page. */
@Injectable()
export class FleetView {
  readonly #router = inject(Router);
  readonly #route = inject(ActivatedRoute);
  readonly #servers = inject(ServersStore).all;
  readonly #params = toSignal(this.#route.queryParamMap, { initialValue: this.#route.snapshot.queryParamMap });
  readonly #query = linkedSignal<FleetQuery>(() => {
    const params = this.#params();
    return readQuery((name) => params.get(name));
  });
  readonly #layout = signal<Layout>(localStorage.getItem(LAYOUT_KEY) === 'table' ? 'table' : 'cards');

  readonly query = this.#query.asReadonly();
  readonly layout = this.#layout.asReadonly();
  readonly isFiltered = computed(() => isFiltered(this.#query()));
  readonly #names = computed(() => this.#servers().map(({ name }) => name), { equal: sameWords });
  readonly #ranks = computed(() => rankNames(this.#names()));
  readonly #matching = computed(() => filterServers(this.#servers(), this.#query()));
  readonly shown = computed(() => {
    const { sort, isDescending } = this.#query();
    return sortServers(this.#matching(), sort, isDescending, this.#ranks());
  });
  readonly total = computed(() => this.#servers().length);
  readonly tags = computed(() => tagsOf(this.#servers()), { equal: sameWords });
  readonly locations = computed(() => locationsOf(this.#servers()), { equal: sameWords });
  readonly oldestAt = computed(() => oldestPicture(this.#servers()));

  constructor() {
    effect((onCleanup) => {
      const query = this.#query();
      const timer = setTimeout(() => this.#writeAddress(query), ADDRESS_PAUSE_MS);
      onCleanup(() => clearTimeout(timer));
    });
  }

  set(change: Partial<FleetQuery>): void {
    this.#query.update((query) => ({ ...query, ...change }));
  }

  clear(): void {
    const { sort, isDescending } = this.#query();
    this.#query.set({ ...EVERYTHING, sort, isDescending });
  }

  toggleState(state: string): void {
    this.set({ states: toggled(this.#query().states, state) });
  }

  toggleTag(tag: string): void {
    this.set({ tags: toggled(this.#query().tags, tag) });
  }

  /** The same key again turns the order round. */
  sortBy(sort: SortKey): void {
    const query = this.#query();
    this.set({ sort, isDescending: query.sort === sort ? !query.isDescending : isDescendingFirst(sort) });
  }

  setLayout(layout: Layout): void {
    this.#layout.set(layout);
    localStorage.setItem(LAYOUT_KEY, layout);
  }

  /** Not with each letter: an address is written when the typing pauses, and makes no entry in the history. */
  #writeAddress(query: FleetQuery): void {
    const queryParams = writeQuery(query);
    const before = untracked(this.#params);
    const isSame = Object.entries(queryParams).every(
      ([name, value]) => (before.get(name) ?? '') === String(value ?? ''),
    );
    if (isSame) return;
    void this.#router.navigate([], {
      relativeTo: this.#route,
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
      scroll: 'manual',
    });
  }
}

function toggled(words: readonly string[], word: string): string[] {
  return words.includes(word) ? words.filter((each) => each !== word) : [...words, word];
}

function sameWords(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}
