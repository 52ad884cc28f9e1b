/**
 * Turns changes of the state into events for every open stream.
 *
 * - An event's id is `<epoch>-<seq>`. Whoever comes back with an id of this life gets the present view of every server that changed
 *   since, and every removal since; with any other id, or one too old, `reset`: read everything again.
 * - Events carry views, not differences: missing one, or getting one twice, does no harm.
 * Invariant: the work of a change depends on the servers that changed, never on the size of the fleet; without readers no view is made.
 * Concurrency: changes within COALESCE_MS are told together, at their last state.
 */
import { createHash } from 'node:crypto';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import type { MasterState } from '../domain/master-state.js';
import { StateRepository } from '../state/state.repository.js';
import type { EventClient } from './event-client.js';
import { EventViews } from './event-views.js';
import { BOOT_EPOCH } from './epoch.js';
import { Removals } from './removals.js';

const COALESCE_MS = 100;
const BEAT_MS = 15_000;

@Injectable()
export class EventFeed implements OnModuleDestroy {
  readonly #clients = new Set<EventClient>();
  readonly #subscription: Subscription;
  readonly #beat: NodeJS.Timeout;
  readonly #changedAt = new Map<string, number>();
  readonly #removals = new Removals();
  /** By server, then by pod: what was last told, as a digest. Kept while there are readers. */
  readonly #told = new Map<string, Map<string, string>>();
  readonly #pending = new Set<string>();
  #fleetTold = '';
  #seen: MasterState;
  #seq = 0;
  #flush: NodeJS.Timeout | null = null;

  constructor(
    private readonly state: StateRepository,
    private readonly views: EventViews,
  ) {
    this.#seen = state.read();
    this.#subscription = state.changes$.subscribe(({ serverIds }) => {
      for (const id of serverIds) this.#pending.add(id);
      this.#flush ??= setTimeout(() => this.#tell(), COALESCE_MS).unref();
    });
    this.#beat = setInterval(() => {
      for (const client of this.#clients) client.beat();
    }, BEAT_MS).unref();
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** `lastEventId`: the last id that this reader has seen; empty for a new one. @returns a function that takes the reader off. */
  open(client: EventClient, lastEventId: string): () => void {
    // What is pending is told first, so that the id that the reader starts from covers it.
    this.#tell();
    const since = sequenceOf(lastEventId);
    if (lastEventId !== '' && (since === null || since > this.#seq || since < this.#removals.completeSince)) {
      client.send(this.#id(), 'reset', '{}');
    } else if (since !== null) this.#resume(client, since);
    client.send(this.#id(), 'fleet', JSON.stringify(this.views.fleet()));
    this.#clients.add(client);
    return () => {
      this.#clients.delete(client);
      if (this.#clients.size > 0) return;
      this.#told.clear();
      this.#fleetTold = '';
    };
  }

  /** Ends every stream; readers are asked to come back. */
  end(): void {
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }

  onModuleDestroy(): void {
    this.#subscription.unsubscribe();
    clearInterval(this.#beat);
    if (this.#flush) clearTimeout(this.#flush);
  }

  #id(): string {
    return `${BOOT_EPOCH}-${this.#seq}`;
  }

  #resume(client: EventClient, since: number): void {
    for (const [event, data] of this.#removals.after(since)) client.send(this.#id(), event, data);
    for (const [serverId, seq] of this.#changedAt) {
      if (seq <= since) continue;
      const server = this.views.server(serverId);
      if (!server) continue;
      client.send(this.#id(), 'server', JSON.stringify(server));
      for (const pod of this.views.pods(serverId)) client.send(this.#id(), 'pod', JSON.stringify(pod));
    }
  }

  #tell(): void {
    if (this.#flush) clearTimeout(this.#flush);
    this.#flush = null;
    if (this.#pending.size === 0) return;
    const before = this.#seen;
    this.#seen = this.state.read();
    for (const serverId of this.#pending) this.#tellServer(serverId, before);
    this.#pending.clear();
    if (this.#clients.size === 0) return;
    const fleet = JSON.stringify(this.views.fleet());
    if (fleet === this.#fleetTold) return;
    this.#fleetTold = fleet;
    this.#send('fleet', fleet);
  }

  #tellServer(serverId: string, before: MasterState): void {
    this.#seq += 1;
    const podsNow = this.#seen.servers[serverId]?.pods ?? {};
    for (const id of Object.keys(before.servers[serverId]?.pods ?? {})) {
      if (!podsNow[id]) this.#remove('pod-removed', { id, serverId });
    }
    if (!this.#seen.servers[serverId]) {
      this.#changedAt.delete(serverId);
      this.#told.delete(serverId);
      if (before.servers[serverId]) this.#remove('server-removed', { id: serverId });
      return;
    }
    this.#changedAt.set(serverId, this.#seq);
    if (this.#clients.size === 0) return;
    const server = this.views.server(serverId);
    if (server) this.#send('server', JSON.stringify(server));
    this.#tellPods(serverId);
  }

  #tellPods(serverId: string): void {
    const told = this.#told.get(serverId);
    const next = new Map<string, string>();
    for (const pod of this.views.pods(serverId)) {
      const data = JSON.stringify(pod);
      const digest = createHash('sha1').update(data).digest('base64');
      next.set(pod.id, digest);
      if (told?.get(pod.id) !== digest) this.#send('pod', data);
    }
    this.#told.set(serverId, next);
  }

  #remove(event: string, what: object): void {
    const data = JSON.stringify(what);
    this.#removals.add(this.#seq, event, data);
    this.#send(event, data);
  }

  #send(event: string, data: string): void {
    const id = this.#id();
    for (const client of this.#clients) client.send(id, event, data);
  }
}

/** Null when the id is not one of this life. */
function sequenceOf(eventId: string): number | null {
  const prefix = `${BOOT_EPOCH}-`;
  if (!eventId.startsWith(prefix)) return null;
  const digits = eventId.slice(prefix.length);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}
