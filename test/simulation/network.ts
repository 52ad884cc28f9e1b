/**
 * The way between Berth and its clusters: requests and answers take time, get lost, come late or twice. A request that was sent goes its
 * way even when the process that sent it is dead; only nobody hears the answer.
 * Invariant: a create takes effect before its deadline plus `lateMs`, which is what Berth is told to expect of a network.
 */
import { ClusterError } from '../../src/domain/errors.js';
import type { CallOptions } from '../../src/providers/cluster-provider.js';
import type { Chance } from './chance.js';
import type { Site } from './site.js';

export type Call = 'probe' | 'observe' | 'watch' | 'createPod' | 'deletePod' | 'findPod';

type Fate =
  | 'fine'
  | 'slow'
  | 'request-lost'
  | 'answer-lost'
  | 'late'
  | 'twice'
  | 'error-before'
  | 'error-after'
  | 'refused';

/** What the wire knows of one reservation. */
export interface Trace {
  /** Creates that left Berth. */
  sent: number;
  /** Creates of which it is certain that they had no effect, and that Berth was told so. */
  refused: number;
  /** Creates that may still arrive. */
  underway: number;
  /** Reads that found nothing. */
  gone: number;
}

const STORM: Readonly<Record<Fate, number>> = {
  fine: 10,
  slow: 3,
  'request-lost': 2,
  'answer-lost': 3,
  late: 3,
  twice: 2,
  'error-before': 2,
  'error-after': 2,
  refused: 0.5,
};
const CALM: Readonly<Record<Fate, number>> = { ...STORM, fine: 200 };
const FAIR: Readonly<Record<'fine', number>> = { fine: 1 };

const lost = (
  code: 'CONNECTION_TIMEOUT' | 'CONNECTION_LOST' | 'KUBERNETES_UNAVAILABLE',
  isSent: boolean,
): ClusterError => new ClusterError(code, 'The simulated network says so.', isSent ? 'unclear' : 'refused');

/** The end of the wire that one process holds. */
export interface Caller {
  readonly isDead: () => boolean;
  /** Aborts when the provider is closed. */
  readonly closed: AbortSignal;
}

export class Network {
  weather: 'fair' | 'calm' | 'storm' = 'calm';
  readonly traces = new Map<string, Trace>();
  /** What became of the creates that were sent. */
  readonly fates: Partial<Record<Fate, number>> = {};
  /** Ends what is open on a link when it changes. */
  readonly #breakers = new Map<Site, Set<() => void>>();

  constructor(
    readonly chance: Chance,
    readonly lateMs: number,
  ) {}

  trace(reservationId: string): Trace {
    let trace = this.traces.get(reservationId);
    if (!trace) this.traces.set(reservationId, (trace = { sent: 0, refused: 0, underway: 0, gone: 0 }));
    return trace;
  }

  setLink(site: Site, link: Site['link']): void {
    site.link = link;
    if (link === 'refused') this.#breakers.get(site)?.forEach((breakIt) => breakIt());
  }

  /** `breakIt` is called when the link is cut; returns how to stop listening. */
  onCut(site: Site, breakIt: () => void): () => void {
    const set = this.#breakers.get(site) ?? new Set();
    this.#breakers.set(site, set.add(breakIt));
    return () => {
      set.delete(breakIt);
    };
  }

  fate(): Fate {
    if (this.weather === 'fair') return this.chance.weighted(FAIR);
    return this.chance.weighted(this.weather === 'storm' ? STORM : CALM);
  }

  latencyMs(): number {
    return this.chance.is(0.7) ? this.chance.whole(0, 5) : this.chance.whole(5, 150);
  }

  /** One call and its answer, or an error that says what a real client could know. */
  call<T>(caller: Caller, site: Site, call: Call, options: CallOptions, effect: () => T, trace?: Trace): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const exchange = new Exchange(this, caller, call, options, resolve, reject, trace);
      if (caller.closed.aborted)
        return exchange.end(new ClusterError('CLOSED', 'The connection is closed.', 'refused'));
      if (site.link === 'refused') {
        const error = new ClusterError('CONNECTION_REFUSED', 'The simulated network says so.', 'refused');
        setTimeout(() => exchange.end(error), this.latencyMs());
        return undefined;
      }
      // A silent link swallows the request before it is sent, or only the answer.
      if (site.link === 'silent') return this.chance.is(0.5) ? exchange.wait(false) : exchange.send(effect, 'late');
      const stop = this.onCut(site, () => exchange.end(lost('CONNECTION_LOST', true)));
      exchange.onEnd = stop;
      return exchange.send(effect, this.fate());
    });
  }
}

class Exchange<T> {
  onEnd: () => void = () => {};
  #isOver = false;
  #timer: NodeJS.Timeout | null = null;
  readonly #abort = (): void => this.end(new ClusterError('CLOSED', 'Berth ended the call.', 'unclear'));

  constructor(
    private readonly network: Network,
    private readonly caller: Caller,
    private readonly call: Call,
    private readonly options: CallOptions,
    private readonly resolve: (value: T) => void,
    private readonly reject: (error: unknown) => void,
    private readonly trace: Trace | undefined,
  ) {
    options.signal?.addEventListener('abort', this.#abort);
    caller.closed.addEventListener('abort', this.#abort);
  }

  /** Until the deadline: nobody answers. */
  wait(isSent: boolean): undefined {
    this.#timer = setTimeout(() => this.end(lost('CONNECTION_TIMEOUT', isSent)), this.options.timeoutMs);
    return undefined;
  }

  end(error: unknown): undefined {
    this.#over(() => this.reject(error));
    return undefined;
  }

  #over(settle: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.options.signal?.removeEventListener('abort', this.#abort);
    this.caller.closed.removeEventListener('abort', this.#abort);
    this.onEnd();
    // Nobody is there any more to be told.
    if (!this.caller.isDead()) settle();
  }

  send(effect: () => T, fate: Fate): undefined {
    const { network, trace } = this;
    this.wait(true);
    if (trace && this.call === 'createPod') {
      trace.sent += 1;
      network.fates[fate] = (network.fates[fate] ?? 0) + 1;
    }
    const soon = network.latencyMs();
    switch (fate) {
      case 'fine':
        return this.#deliver(soon, effect, (result) => this.#answer(network.latencyMs(), result));
      case 'slow':
        return this.#deliver(this.#within(0.5), effect, (result) => this.#answer(this.#within(0.7), result));
      case 'request-lost':
        return undefined;
      case 'answer-lost':
        return this.#deliver(soon, effect, () => undefined);
      case 'late':
        return this.#deliver(this.#late(), effect, () => undefined);
      case 'twice':
        this.#deliver(soon, effect, () => undefined);
        return this.#deliver(soon + network.latencyMs(), effect, (result) => this.#answer(0, result));
      case 'error-before':
        setTimeout(() => this.end(lost('KUBERNETES_UNAVAILABLE', true)), soon);
        return undefined;
      case 'error-after':
        return this.#deliver(soon, effect, () => this.end(lost('KUBERNETES_UNAVAILABLE', true)));
      case 'refused':
        setTimeout(() => this.#refuse(), soon);
        return undefined;
    }
  }

  /** The cluster says no. */
  #refuse(): void {
    if (!this.#isOver && this.trace && this.call === 'createPod') this.trace.refused += 1;
    this.end(new ClusterError('KUBERNETES_REFUSED', 'The simulated cluster says no.', 'refused'));
  }

  #within(share: number): number {
    return this.network.chance.whole(0, Math.floor(this.options.timeoutMs * share));
  }

  #late(): number {
    const most = this.options.timeoutMs + (this.call === 'createPod' ? this.network.lateMs : 0);
    return this.network.chance.whole(Math.floor(most / 4), most - 1);
  }

  #answer(afterMs: number, result: () => T): void {
    setTimeout(() => {
      try {
        const value = result();
        this.#over(() => this.resolve(value));
      } catch (error) {
        this.end(error);
      }
    }, afterMs);
  }

  #deliver(afterMs: number, effect: () => T, then: (result: () => T) => void): undefined {
    const isCreate = this.trace && this.call === 'createPod';
    if (isCreate && this.trace) this.trace.underway += 1;
    setTimeout(() => {
      if (isCreate && this.trace) this.trace.underway -= 1;
      let result: () => T;
      try {
        const value = effect();
        result = () => value;
      } catch (error) {
        result = () => {
          throw error;
        };
      }
      then(result);
    }, afterMs);
    return undefined;
  }
}
