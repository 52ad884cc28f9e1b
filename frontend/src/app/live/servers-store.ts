import { computed, Injectable, type Signal, signal } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { FrameBatch } from './frame-batch';
import { applyChanges, type ServerChange, type ServersById } from './server-changes';

/**
 * Every server, as last told. Pages read; only the feed writes.
 * Concurrency: changes of one frame become one new map. An event that overtakes a list is applied to the list again, since the list may
 * be older; each later change is told by a later event, so the newest view wins.
 */
@Injectable({ providedIn: 'root' })
export class ServersStore {
  readonly #byId = signal<ServersById>(new Map());
  readonly #isLoaded = signal(false);
  readonly #batch = new FrameBatch<ServerChange>((changes) => this.#byId.update((map) => applyChanges(map, changes)));
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
    this.#batch.clear();
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
    this.#batch.clear();
    this.#since = null;
    this.#byId.set(new Map());
    this.#isLoaded.set(false);
  }

  #change(change: ServerChange): void {
    this.#since?.push(change);
    this.#batch.add(change);
  }
}
