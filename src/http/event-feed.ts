/**
 * Turns changes of the state into what each open stream has yet to be told.
 *
 * - An event's id is `<epoch>-<seq>`. Whoever comes back with an id of this life gets the present view of every server that changed
 *   since, and every removal since; with any other id, one too old, or too much to tell, `reset`: read everything again.
 * - Events carry views, not differences: missing one, or getting one twice, does no harm.
 * Invariant: the work of a change depends on the servers that changed, never on the size of the fleet; views are made when they are sent.
 * Concurrency: changes within TICK_MS are told together, at their last state; no turn of the event loop is held for much more than
 * SLICE_MS.
 */
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { Subscription } from 'rxjs';
import { StateRepository } from '../state/state.repository.js';
import { EventBacklog } from './event-backlog.js';
import type { EventClient } from './event-client.js';
import { EventReader } from './event-reader.js';
import type { EventTopic } from './event-topics.js';
import { EventViews } from './event-views.js';
import { BOOT_EPOCH } from './epoch.js';
import { Removals } from './removals.js';
import { momentOf, podDifference, type ServerMoment, serverDifference } from './server-moment.js';

const TICK_MS = 100;
const SLICE_MS = 8;
const SLICE_GAP_MS = 8;
const BEAT_MS = 15_000;
/** Reading a list anew is less work for both sides than this many events. */
const MOST_RESUMED = 300;

@Injectable()
export class EventFeed implements OnModuleDestroy {
  readonly #readers = new Set<EventReader>();
  readonly #subscription: Subscription;
  readonly #beat: NodeJS.Timeout;
  /** Every server as the readers' backlogs know it. */
  readonly #known = new Map<string, ServerMoment>();
  readonly #changedAt = new Map<string, number>();
  readonly #removals = new Removals();
  readonly #pending = new Set<string>();
  #seq = 0;
  #tick: NodeJS.Timeout | null = null;
  #fleet: { readonly seq: number; readonly json: string } | null = null;

  constructor(
    private readonly state: StateRepository,
    private readonly views: EventViews,
  ) {
    const snapshot = state.read();
    for (const id of Object.keys(snapshot.servers)) this.#know(id);
    this.#subscription = state.changes$.subscribe(({ serverIds }) => {
      for (const id of serverIds) this.#pending.add(id);
      this.#schedule();
    });
    this.#beat = setInterval(() => {
      for (const { client } of this.#readers) client.beat();
    }, BEAT_MS).unref();
  }

  get clientCount(): number {
    return this.#readers.size;
  }

  /** `lastEventId`: the last id that this reader has seen; empty for a new one. @returns a function that takes the reader off. */
  open(client: EventClient, topics: ReadonlySet<EventTopic>, lastEventId: string): () => void {
    // What is pending is noted first, so that a reader who reads the lists from now on is told of nothing twice.
    while (this.#pending.size > 0) this.#note();
    const backlog = new EventBacklog(topics);
    const since = sequenceOf(lastEventId);
    const isKnown = since !== null && since <= this.#seq && since >= this.#removals.completeSince;
    if (lastEventId !== '' && !(isKnown && this.#resume(backlog, since))) {
      client.send(this.#id(this.#seq), 'reset', '{}');
    } else if (!topics.has('fleet')) client.mark(this.#id(this.#seq));
    const source = {
      id: (seq: number) => this.#id(seq),
      fleet: () => this.#fleetNow(),
      server: (id: string) => this.views.server(id),
      pod: (serverId: string, podId: string) => this.views.pod(serverId, podId),
      observedAt: (id: string) => this.state.read().observed[id]?.resources?.observedAt ?? null,
    };
    const reader = new EventReader(client, backlog, source, performance.now());
    this.#readers.add(reader);
    if (reader.tell(this.#seq, performance.now())) this.#schedule();
    return () => this.#readers.delete(reader);
  }

  /** Ends every stream; readers are asked to come back. */
  end(): void {
    for (const { client } of this.#readers) client.end();
    this.#readers.clear();
  }

  onModuleDestroy(): void {
    this.#subscription.unsubscribe();
    clearInterval(this.#beat);
    if (this.#tick) clearTimeout(this.#tick);
  }

  #id(seq: number): string {
    return `${BOOT_EPOCH}-${seq}`;
  }

  #fleetNow(): string {
    if (this.#fleet?.seq !== this.#seq) this.#fleet = { seq: this.#seq, json: this.views.fleet() };
    return this.#fleet.json;
  }

  /** @returns false when it is too much. */
  #resume(backlog: EventBacklog, since: number): boolean {
    for (const removal of this.#removals.after(since)) backlog.addRemoval(removal);
    for (const [serverId, seq] of this.#changedAt) {
      if (seq <= since) continue;
      backlog.addServer(serverId, 'done', seq);
      backlog.addHint(serverId, 'done', seq);
      for (const podId of Object.keys(this.#known.get(serverId)?.entry.pods ?? {})) {
        backlog.addPod(serverId, podId, 'done', seq);
      }
      if (backlog.size > MOST_RESUMED) break;
    }
    if (backlog.size <= MOST_RESUMED) return true;
    backlog.clear();
    return false;
  }

  #schedule(): void {
    this.#tick ??= setTimeout(() => this.#tell(), TICK_MS).unref();
  }

  /** Readers are told after every slice, so that a fleet that never rests does not keep them waiting. */
  #tell(): void {
    this.#tick = null;
    this.#note();
    const nowMs = performance.now();
    let isMoreToTell = false;
    for (const reader of this.#readers) isMoreToTell = reader.tell(this.#seq, nowMs) || isMoreToTell;
    if (this.#pending.size > 0) this.#tick = setTimeout(() => this.#tell(), SLICE_GAP_MS).unref();
    else if (isMoreToTell) this.#schedule();
  }

  /** Takes what changed into every backlog, for a slice of time. */
  #note(): void {
    const until = performance.now() + SLICE_MS;
    for (const serverId of this.#pending) {
      this.#pending.delete(serverId);
      this.#noteServer(serverId);
      if (performance.now() > until) break;
    }
    for (const reader of this.#readers) reader.fleetMoved();
  }

  #know(serverId: string): { readonly before: ServerMoment | null; readonly now: ServerMoment | null } {
    const before = this.#known.get(serverId) ?? null;
    const now = momentOf(this.state.read(), serverId);
    if (now) this.#known.set(serverId, now);
    else this.#known.delete(serverId);
    return { before, now };
  }

  #noteServer(serverId: string): void {
    const { before, now } = this.#know(serverId);
    this.#seq += 1;
    if (!now) {
      this.#changedAt.delete(serverId);
      for (const id of Object.keys(before?.entry.pods ?? {})) this.#remove('pod-removed', { id, serverId });
      if (before) this.#remove('server-removed', { id: serverId });
      return;
    }
    this.#changedAt.set(serverId, this.#seq);
    const pods = podDifference(before, now);
    for (const id of pods.removed) this.#remove('pod-removed', { id, serverId });
    if (this.#readers.size === 0) return;
    this.views.prepare(serverId);
    const urgency = serverDifference(before, now);
    for (const { backlog } of this.#readers) {
      if (urgency) backlog.addServer(serverId, urgency, this.#seq);
      if (pods.hint) backlog.addHint(serverId, pods.hint, this.#seq);
      for (const [podId, each] of pods.told) backlog.addPod(serverId, podId, each, this.#seq);
    }
  }

  #remove(event: string, what: object): void {
    const removal = { seq: this.#seq, event, data: JSON.stringify(what) };
    this.#removals.add(removal);
    for (const { backlog } of this.#readers) backlog.addRemoval(removal);
  }
}

/** Null when the id is not one of this life. */
function sequenceOf(eventId: string): number | null {
  const prefix = `${BOOT_EPOCH}-`;
  if (!eventId.startsWith(prefix)) return null;
  const digits = eventId.slice(prefix.length);
  return /^\d{1,15}$/.test(digits) ? Number(digits) : null;
}
