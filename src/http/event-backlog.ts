/**
 * What one reader has not been told yet: names of servers and pods, never their views, so that what waits is told at its latest state.
 *
 * Invariant: bounded. Pods beyond MOST_PODS become hints about their servers; removals beyond MOST_REMOVALS make the reader read
 * everything again. `settledAt` never covers a change that is still waiting.
 */
import type { EventTopic } from './event-topics.js';
import { URGENCIES, type Urgency } from './server-moment.js';

const MOST_PODS = 2_000;
const MOST_REMOVALS = 5_000;

export interface Waiting {
  readonly serverId: string;
  /** Null: the server itself. */
  readonly podId: string | null;
  /** The sequence of the oldest change that it stands for. */
  readonly seq: number;
}

export interface Removal {
  readonly event: string;
  readonly data: string;
  readonly seq: number;
}

export class EventBacklog {
  readonly #waiting: Readonly<Record<Urgency, Map<string, Waiting>>> = {
    done: new Map(),
    seen: new Map(),
    aged: new Map(),
  };
  readonly #hints = { done: new Map<string, number>(), seen: new Map<string, number>() };
  readonly #ages = new Map<string, number>();
  #removals: Removal[] = [];
  #podCount = 0;
  #isLost = false;

  constructor(private readonly topics: ReadonlySet<EventTopic>) {}

  has(topic: EventTopic): boolean {
    return this.topics.has(topic);
  }

  addServer(serverId: string, urgency: Urgency, seq: number): void {
    if (!this.topics.has('servers')) return;
    const since = this.#ages.get(serverId) ?? seq;
    if (urgency !== 'aged') {
      this.#ages.delete(serverId);
      this.#add(serverId, { serverId, podId: null, seq: since }, urgency);
    } else if (!this.#waiting.done.has(serverId) && !this.#waiting.seen.has(serverId)) this.#ages.set(serverId, since);
  }

  addPod(serverId: string, podId: string, urgency: Urgency, seq: number): void {
    if (!this.topics.has('pods')) return;
    if (urgency !== 'done' && this.#podCount >= MOST_PODS) this.#addHint(serverId, 'seen', seq);
    else this.#add(podId, { serverId, podId, seq }, urgency);
  }

  /** For readers who follow servers and not each pod. */
  addHint(serverId: string, urgency: 'done' | 'seen', seq: number): void {
    if (this.topics.has('servers') && !this.topics.has('pods')) this.#addHint(serverId, urgency, seq);
  }

  addRemoval(removal: Removal): void {
    if (!this.topics.has(removal.event === 'server-removed' ? 'servers' : 'pods')) return;
    this.#removals.push(removal);
    if (this.#removals.length <= MOST_REMOVALS) return;
    this.clear();
    this.#isLost = true;
  }

  clear(): void {
    for (const urgency of URGENCIES) this.#waiting[urgency].clear();
    this.#hints.done.clear();
    this.#hints.seen.clear();
    this.#ages.clear();
    this.#removals = [];
    this.#podCount = 0;
  }

  /** Whether so much was waiting that it was given up; asks once. */
  takeLoss(): boolean {
    const isLost = this.#isLost;
    this.#isLost = false;
    return isLost;
  }

  /** Servers of which only the age moved on, at most `limit`. */
  takeAges(limit: number): string[] {
    return takeKeys(this.#ages, limit);
  }

  takeRemoval(): Removal | undefined {
    return this.#removals.shift();
  }

  /** The one of this urgency that waits longest. */
  take(urgency: Urgency): Waiting | undefined {
    const next = this.#waiting[urgency].entries().next().value;
    if (!next) return undefined;
    const [key, waiting] = next;
    this.#waiting[urgency].delete(key);
    if (waiting.podId !== null) this.#podCount -= 1;
    return waiting;
  }

  hasHints(urgency: 'done' | 'seen'): boolean {
    return this.#hints[urgency].size > 0;
  }

  /** At most `limit` servers that hints wait for. */
  takeHints(urgency: 'done' | 'seen', limit: number): string[] {
    return takeKeys(this.#hints[urgency], limit);
  }

  get size(): number {
    const { done, seen, aged } = this.#waiting;
    const views = done.size + seen.size + aged.size;
    return views + this.#hints.done.size + this.#hints.seen.size + this.#ages.size + this.#removals.length;
  }

  /** The last sequence that nothing waits for, `seq` being the last of all. */
  settledAt(seq: number): number {
    let oldest = seq + 1;
    for (const urgency of URGENCIES) {
      for (const waiting of this.#waiting[urgency].values()) oldest = Math.min(oldest, waiting.seq);
    }
    for (const each of [this.#hints.done, this.#hints.seen, this.#ages]) {
      for (const since of each.values()) oldest = Math.min(oldest, since);
    }
    return Math.min(oldest, this.#removals[0]?.seq ?? oldest) - 1;
  }

  /** What waits already keeps its place and its sequence, and may become more urgent. */
  #add(key: string, waiting: Waiting, urgency: Urgency): void {
    const rank = URGENCIES.indexOf(urgency);
    for (const [index, each] of URGENCIES.entries()) {
      const known = this.#waiting[each].get(key);
      if (!known) continue;
      if (index <= rank) return;
      this.#waiting[each].delete(key);
      this.#waiting[urgency].set(key, known);
      return;
    }
    this.#waiting[urgency].set(key, waiting);
    if (waiting.podId !== null) this.#podCount += 1;
  }

  #addHint(serverId: string, urgency: 'done' | 'seen', seq: number): void {
    const older = this.#hints.done.get(serverId) ?? this.#hints.seen.get(serverId) ?? seq;
    if (this.#hints.done.has(serverId)) return;
    if (urgency === 'done') this.#hints.seen.delete(serverId);
    if (!this.#hints[urgency].has(serverId)) this.#hints[urgency].set(serverId, older);
  }
}

function takeKeys(from: Map<string, number>, limit: number): string[] {
  const keys = [...from.keys()].slice(0, limit);
  for (const key of keys) from.delete(key);
  return keys;
}
