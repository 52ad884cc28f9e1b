/**
 * Remembers how capacity and latency went, for charts. It observes the state and nothing else.
 *
 * Promises: memory is bounded (about 34 KB a server); nothing is kept across a restart, and nothing goes into the state. A server that is
 * not in touch has no capacity at that time: the chart shows a gap, not the last value.
 * Concurrency: a round over the fleet is cut into slices, so that it never holds the event loop.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { addTotals, nodeAccounts, totals, type Totals } from '../domain/ledger.js';
import type { ServerObservation } from '../domain/server.js';
import { StateRepository } from '../state/state.repository.js';
import { CAPACITY_WIDTH, capacityRow, UNKNOWN_CAPACITY } from './capacity-row.js';
import { FINE_MS, type Hours, Series } from './series.js';

const SLICE_MS = 5;
/** Latency of the checks `link` and `api`; of the fleet, the servers in touch and all servers. */
const WIDTH = CAPACITY_WIDTH + 2;

export interface Columns {
  readonly fromMs: number;
  /** The newest sample that is in it; changes with every round. */
  readonly tick: number;
  readonly columns: readonly (readonly number[])[];
}

const isInTouch = (seen: ServerObservation | undefined): boolean =>
  seen?.status.state === 'Online' || seen?.status.state === 'Degraded';

function latencyOf(seen: ServerObservation | undefined, name: 'link' | 'api'): number {
  return seen?.checks.find((check) => check.name === name)?.latencyMs ?? Number.NaN;
}

@Injectable()
export class Sampler implements OnModuleInit, OnModuleDestroy {
  readonly #logger = new Logger('Samples');
  readonly #fleet = new Series(WIDTH);
  readonly #servers = new Map<string, Series>();
  #timer: NodeJS.Timeout | null = null;
  #oldest: number | null = null;
  #isSampling = false;

  constructor(private readonly state: StateRepository) {}

  onModuleInit(): void {
    const round = (): Promise<void> =>
      this.sample(Date.now()).catch((error: unknown) =>
        this.#logger.error({ err: error }, 'a round of samples failed'),
      );
    this.#timer = setInterval(() => void round(), FINE_MS).unref();
  }

  onModuleDestroy(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** One round over the fleet. A round that is asked for while one is under way is left out. */
  async sample(nowMs: number): Promise<void> {
    if (this.#isSampling) return;
    this.#isSampling = true;
    try {
      await this.#round(Math.floor(nowMs / FINE_MS));
    } finally {
      this.#isSampling = false;
    }
  }

  /** Null: no such server. */
  server(serverId: string, hours: Hours, nowMs: number): Columns | null {
    if (!Object.hasOwn(this.state.read().servers, serverId)) return null;
    return this.#columns(this.#servers.get(serverId) ?? new Series(WIDTH), hours, nowMs);
  }

  fleet(hours: Hours, nowMs: number): Columns {
    return this.#columns(this.#fleet, hours, nowMs);
  }

  #columns(series: Series, hours: Hours, nowMs: number): Columns {
    const tick = Math.floor(nowMs / FINE_MS);
    return { tick, ...series.columns(hours, tick, this.#oldest ?? tick) };
  }

  async #round(tick: number): Promise<void> {
    this.#oldest ??= tick;
    const ids = Object.keys(this.state.read().servers);
    for (const id of this.#servers.keys()) if (!this.state.read().servers[id]) this.#servers.delete(id);
    let sums = totals([]);
    let inTouch = 0;
    let until = performance.now() + SLICE_MS;
    for (const id of ids) {
      const own = this.#sampleServer(id, tick);
      if (own) {
        sums = addTotals(sums, own);
        inTouch += 1;
      }
      if (performance.now() < until) continue;
      await nextTurn();
      until = performance.now() + SLICE_MS;
    }
    this.#fleet.write(tick, [...capacityRow(sums), inTouch, ids.length]);
  }

  /** @returns null for a server that is not in touch */
  #sampleServer(id: string, tick: number): Totals | null {
    const { servers, observed } = this.state.read();
    const entry = servers[id];
    if (!entry) return null;
    const seen = observed[id];
    const series = this.#servers.get(id) ?? new Series(WIDTH);
    this.#servers.set(id, series);
    const sums = isInTouch(seen) ? totals(nodeAccounts(entry, seen?.resources ?? null)) : null;
    series.write(tick, [
      ...(sums ? capacityRow(sums) : UNKNOWN_CAPACITY),
      latencyOf(seen, 'link'),
      latencyOf(seen, 'api'),
    ]);
    return sums;
  }
}
