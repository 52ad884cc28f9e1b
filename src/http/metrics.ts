import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { checkInvariants } from '../domain/invariants.js';
import type { MasterState } from '../domain/master-state.js';
import { RESERVATION_STATES } from '../domain/reservation.js';
import { SERVER_STATES } from '../domain/server.js';
import type { StateRepository } from '../state/state.repository.js';

const BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 60];

/** Counts everything of `values` by a word, with a zero for each word that none has. */
function tally(words: readonly string[], values: Iterable<string>): Map<string, number> {
  const counts = new Map(words.map((word) => [word, 0]));
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function* reservationStates(state: MasterState): Iterable<string> {
  for (const { pods } of Object.values(state.servers)) {
    for (const pod of Object.values(pods)) yield pod.reservation.state;
  }
}

/**
 * Numbers for Prometheus. Labels come from closed lists and route templates only, never from what a caller sent,
 * so that nobody can grow them without bound. State is counted when it is asked for, not when it changes.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Histogram({
    name: 'berth_http_request_duration_seconds',
    help: 'Time from the headers of a request to the end of its answer, by route template',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS_SECONDS,
    registers: [this.#registry],
  });
  #checked: { readonly rev: number; readonly violations: number } = { rev: -1, violations: 0 };

  constructor(private readonly state: StateRepository) {
    collectDefaultMetrics({ register: this.#registry });
    this.#gauge('berth_state_revision', 'Durable revision of master.json', () => state.read().rev);
    this.#gauge('berth_state_writable', '1 while changes can be made durable', () =>
      state.health().isWritable ? 1 : 0,
    );
    this.#gauge('berth_invariant_violations', 'Broken promises of the state; always 0', () => this.#violations());
    this.#tallied('berth_servers', 'Servers by state', () =>
      tally(
        SERVER_STATES,
        Object.values(state.read().observed).map(({ status }) => status.state),
      ),
    );
    this.#tallied('berth_reservations', 'Reservations, and so pods, by state of the reservation', () =>
      tally(RESERVATION_STATES, reservationStates(state.read())),
    );
  }

  countRequest(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  /** For one more number of some room, read when it is asked for. */
  addGauge(name: string, help: string, read: () => number): void {
    this.#gauge(name, help, read);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  #violations(): number {
    const snapshot = this.state.read();
    if (this.#checked.rev !== snapshot.rev) {
      this.#checked = { rev: snapshot.rev, violations: checkInvariants(snapshot).length };
    }
    return this.#checked.violations;
  }

  #gauge(name: string, help: string, read: () => number): void {
    const gauge: Gauge = new Gauge({ name, help, registers: [this.#registry], collect: () => gauge.set(read()) });
  }

  #tallied(name: string, help: string, read: () => Map<string, number>): void {
    const gauge: Gauge<'state'> = new Gauge({
      name,
      help,
      labelNames: ['state'],
      registers: [this.#registry],
      collect: () => {
        for (const [state, count] of read()) gauge.set({ state }, count);
      },
    });
  }
}
