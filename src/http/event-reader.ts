/**
 * One reader of the event stream: what waits for it is told in order of urgency, as it is at that moment, within a budget of bytes.
 *
 * Promises: over any long time at most BYTES_PER_SECOND, over any second at most that and BURST_BYTES (and one event). What somebody
 * did comes first: with a full backlog of observations it is still told with the next tick.
 */
import type { EventBacklog } from './event-backlog.js';
import type { EventClient } from './event-client.js';

const BYTES_PER_SECOND = 64_000;
const BURST_BYTES = 24_000;
/** Sums of a busy fleet change with every tick; a person reads them once a second. */
const FLEET_GAP_MS = 1_000;
const HINT_GAP_MS = 2_000;
const AGES_GAP_MS = 1_000;
/** A hint of this many servers is 20 KB. */
const MOST_IDS = 500;

/** The present views as one line of JSON each; null: there is none any more. */
export interface EventSource {
  id(seq: number): string;
  fleet(): string;
  server(serverId: string): string | null;
  pod(serverId: string, podId: string): string | null;
  observedAt(serverId: string): string | null;
}

type Event = readonly [event: string, data: string];

export class EventReader {
  #bytes = BURST_BYTES;
  #refilledAtMs: number;
  #fleetTold = '';
  #fleetAtMs = -Infinity;
  #hintsAtMs = -Infinity;
  #agesAtMs = -Infinity;
  #isFleetDue = true;

  constructor(
    readonly client: EventClient,
    readonly backlog: EventBacklog,
    private readonly source: EventSource,
    nowMs: number,
  ) {
    this.#refilledAtMs = nowMs;
  }

  fleetMoved(): void {
    this.#isFleetDue = true;
  }

  /** Tells what the budget allows. `seq`: the newest change that the backlog knows of. @returns whether something still waits */
  tell(seq: number, nowMs: number): boolean {
    this.#refill(nowMs);
    if (this.client.isChoked(nowMs)) return true;
    const settled = this.backlog.settledAt(seq);
    this.client.together(() => {
      while (this.#bytes > 0) {
        const next = this.#next(nowMs);
        if (!next) return;
        const id = this.source.id(this.backlog.size === 0 ? seq : settled);
        this.#bytes -= this.client.send(id, ...next);
      }
    });
    return this.backlog.size > 0 || this.#isFleetDue;
  }

  #refill(nowMs: number): void {
    const earned = ((nowMs - this.#refilledAtMs) / 1_000) * BYTES_PER_SECOND;
    this.#bytes = Math.min(BURST_BYTES, this.#bytes + earned);
    this.#refilledAtMs = nowMs;
  }

  #next(nowMs: number): Event | null {
    const { backlog } = this;
    if (backlog.takeLoss()) return ['reset', '{}'];
    const removal = backlog.takeRemoval();
    if (removal) return [removal.event, removal.data];
    if (backlog.hasHints('done')) return this.#hint('done');
    return (
      this.#view('done') ??
      this.#fleet(nowMs) ??
      this.#seenHint(nowMs) ??
      this.#ages(nowMs) ??
      this.#view('seen') ??
      this.#view('aged')
    );
  }

  #hint(urgency: 'done' | 'seen'): Event {
    return ['pods', JSON.stringify({ serverIds: this.backlog.takeHints(urgency, MOST_IDS) })];
  }

  #seenHint(nowMs: number): Event | null {
    if (!this.backlog.hasHints('seen') || nowMs - this.#hintsAtMs < HINT_GAP_MS) return null;
    this.#hintsAtMs = nowMs;
    return this.#hint('seen');
  }

  #fleet(nowMs: number): Event | null {
    if (!this.#isFleetDue || nowMs - this.#fleetAtMs < FLEET_GAP_MS) return null;
    this.#isFleetDue = false;
    if (!this.backlog.has('fleet')) return null;
    const fleet = this.source.fleet();
    if (fleet === this.#fleetTold) return null;
    this.#fleetTold = fleet;
    this.#fleetAtMs = nowMs;
    return ['fleet', fleet];
  }

  /** The next that still has a view. */
  #view(urgency: 'done' | 'seen' | 'aged'): Event | null {
    for (let next = this.backlog.take(urgency); next; next = this.backlog.take(urgency)) {
      const { serverId, podId } = next;
      const data = podId === null ? this.source.server(serverId) : this.source.pod(serverId, podId);
      if (data !== null) return [podId === null ? 'server' : 'pod', data];
    }
    return null;
  }

  #ages(nowMs: number): Event | null {
    if (nowMs - this.#agesAtMs < AGES_GAP_MS) return null;
    const known = this.backlog.takeAges(MOST_IDS).flatMap((id) => {
      const at = this.source.observedAt(id);
      return at === null ? [] : [[id, at] as const];
    });
    if (known.length === 0) return null;
    this.#agesAtMs = nowMs;
    return ['ages', JSON.stringify({ observedAt: Object.fromEntries(known) })];
  }
}
