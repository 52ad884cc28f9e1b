/**
 * The pretend way to a pretend cluster: each call takes time, may be cut off by deadline, signal or close, and may meet a fault.
 * A call that would have an effect and is cut off is `unclear`, as it is on a real wire.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError, type ErrorCode, type Outcome } from '../../domain/errors.js';
import type { SandboxConnection } from '../../domain/server.js';
import type { CallOptions } from '../cluster-provider.js';
import type { SandboxCall, SandboxFault, SandboxFaults } from './sandbox-faults.js';
import { seededRandom, seedOf } from './sandbox-random.js';
import { wordsOf } from './trouble.js';

const WORDS = 'The pretend cluster was told to fail here.';
const EFFECTIVE: ReadonlySet<SandboxCall> = new Set(['createPod', 'deletePod']);

export class SandboxWire {
  readonly #closed = new AbortController();
  readonly #random: () => number;

  constructor(
    readonly serverId: string,
    private readonly connection: SandboxConnection,
    private readonly faults: SandboxFaults,
  ) {
    this.#random = seededRandom(seedOf(connection.seed, 'wire'));
  }

  close(): void {
    this.#closed.abort();
  }

  /** @throws ClusterError with CLOSED after `close` or by the signal, CONNECTION_TIMEOUT past the deadline, or what a fault says. */
  async call<T>(call: SandboxCall, options: CallOptions, effect: () => T): Promise<T> {
    const ends = this.ends(options);
    const halfMs = (this.connection.latencyMs * (0.7 + 0.6 * this.#random())) / 2;
    const chance = this.#random();
    const fault = this.faults.meet(this.serverId, call) ?? this.#chanceFault(chance, call);
    await this.#pass(call, halfMs, ends);
    if (fault) await this.#suffer(call, fault, effect, ends);
    const result = effect();
    await this.#pass(call, halfMs, ends);
    return result;
  }

  /** Takes what is planned for the next watch; a watch is no call with one answer. */
  meetWatch(): SandboxFault | undefined {
    return this.faults.meet(this.serverId, 'watch');
  }

  cutCode(): ErrorCode | undefined {
    return this.faults.cutCode(this.serverId);
  }

  /** Aborts when the caller, the deadline or `close` ends the call. */
  ends(options: CallOptions): AbortSignal {
    const signals = [this.#closed.signal, AbortSignal.timeout(options.timeoutMs)];
    return AbortSignal.any(options.signal ? [...signals, options.signal] : signals);
  }

  /** Aborts with the caller's signal or `close`, whatever the time. */
  endsWithoutDeadline(signal: AbortSignal | undefined): AbortSignal {
    return AbortSignal.any(signal ? [this.#closed.signal, signal] : [this.#closed.signal]);
  }

  #chanceFault(chance: number, call: SandboxCall): SandboxFault | undefined {
    const { failureRate } = this.connection;
    if (chance >= failureRate) return undefined;
    if (!EFFECTIVE.has(call) || chance < failureRate / 3) return { kind: 'refuse', code: 'KUBERNETES_UNAVAILABLE' };
    return { kind: chance < (failureRate * 2) / 3 ? 'lose-request' : 'lose-answer', code: 'CONNECTION_LOST' };
  }

  async #pass(call: SandboxCall, ms: number, ends: AbortSignal): Promise<void> {
    if (ms > 0) await sleep(ms, undefined, { signal: ends, ref: true }).catch(() => undefined);
    if (ends.aborted) throw this.#cutOff(call, ends);
  }

  #cutOff(call: SandboxCall, ends: AbortSignal): ClusterError {
    const outcome: Outcome = EFFECTIVE.has(call) ? 'unclear' : 'refused';
    const isLate = ends.reason instanceof DOMException && ends.reason.name === 'TimeoutError';
    return isLate
      ? new ClusterError('CONNECTION_TIMEOUT', 'The pretend cluster did not answer in time.', outcome)
      : new ClusterError('CLOSED', 'The call was ended by Berth.', outcome);
  }

  async #suffer(call: SandboxCall, fault: SandboxFault, effect: () => unknown, ends: AbortSignal): Promise<never> {
    switch (fault.kind) {
      case 'refuse':
        throw new ClusterError(fault.code, wordsOf(fault.code), 'refused');
      case 'lose-request':
        throw new ClusterError(fault.code, WORDS, 'unclear');
      case 'lose-answer':
        effect();
        throw new ClusterError(fault.code, WORDS, 'unclear');
      case 'late':
        setTimeout(effect, fault.afterMs).unref();
        throw new ClusterError('CONNECTION_TIMEOUT', WORDS, 'unclear');
      case 'hang':
        await new Promise<void>((resolve) => {
          if (ends.aborted) resolve();
          else ends.addEventListener('abort', () => resolve(), { once: true });
        });
        throw this.#cutOff(call, ends);
      case 'expire':
      case 'end':
      case 'break':
        throw new ClusterError('KUBERNETES_UNAVAILABLE', `A ${call} cannot ${fault.kind}.`, 'refused');
    }
  }
}
