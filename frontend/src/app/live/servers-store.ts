import { computed, Injectable, type Signal, signal } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { Pace } from './pace';
import { applyChanges, type ServerChange, type ServersById } from './server-changes';

/** Nobody reads numbers that change faster. */
const SHOWN_EVERY_MS = 200;

/**
 * Every server, as last told. Pages read; only the feed writes.
 * Concurrency: a change is shown at once, and those that follow it soon after together: a busy fleet costs a few updates a second. An event that overtakes a list is applied to the list again, since the list may
 * be older; each later change is told by a later event, so the newest view wins.
 */
@Injectable({ providedIn: 'root' })
export class ServersStore {
  readonly #byId = signal<ServersById>(new Map());
  readonly #isLoaded = signal(false);
  readonly #pace = new Pace(() => this.#show(), SHOWN_EVERY_MS);
  /** Told, and not shown yet. */
  #told: ServerChange[] = [];
  /** Changes since a list was asked for; null when none is on its way. */
  #since: ServerChange[] | null = null;

  readonly byId = this.#byId.asReadonly();
  /** False until the first list has come: an empty list means nothing before that. */
  readonly isLoaded = this.#isLoaded.asReadonly();
  /** In no promised order. */
  readonly all = computed(() => [...this.#byId().values()]);

  /** Undefined when there is no such server (any more). */
  find(id: string): ServerDto | undefined {
    return this.#byId().get(id);
  }

  /** A signal of one server: it changes only when that server does. */
  watch(id: Signal<string>): Signal<ServerDto | undefined> {
    return computed(() => this.#byId().get(id()));
  }

  beginLoad(): void {
    this.#since = [];
  }

  load(servers: readonly ServerDto[]): void {
    const since = this.#since ?? [];
    this.#since = null;
    this.#told = [];
    this.#byId.update((map) => applyChanges(map, [{ kind: 'loaded', servers }, ...since]));
    this.#isLoaded.set(true);
  }

  put(server: ServerDto): void {
    this.#change({ kind: 'server', server });
  }

  remove(id: string): void {
    this.#change({ kind: 'removed', id });
  }

  /** Instants by server: seen again, and nothing has changed. */
  putAges(observedAt: Readonly<Record<string, string>>): void {
    this.#change({ kind: 'ages', observedAt });
  }

  forget(): void {
    this.#told = [];
    this.#since = null;
    this.#byId.set(new Map());
    this.#isLoaded.set(false);
  }

  #change(change: ServerChange): void {
    this.#since?.push(change);
    this.#told.push(change);
    this.#pace.ask();
  }

  #show(): void {
    const told = this.#told;
    this.#told = [];
    if (told.length > 0) this.#byId.update((map) => applyChanges(map, told));
  }
}
