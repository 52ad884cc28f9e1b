/**
 * Failures on demand, for tests: what the next calls to a pretend cluster meet. Each planned fault is met once, in order, per server and
 * call; `cut` lasts until `heal`.
 */
import { Injectable } from '@nestjs/common';
import type { ErrorCode } from '../../domain/errors.js';

export const SANDBOX_CALLS = [
  'probe',
  'observe',
  'watch',
  'usage',
  'createPod',
  'deletePod',
  'findPod',
  'logs',
  'events',
] as const;
export type SandboxCall = (typeof SANDBOX_CALLS)[number];

export type SandboxFault =
  /** The cluster says no: no effect, outcome `refused`. */
  | { readonly kind: 'refuse'; readonly code: ErrorCode }
  /** Lost on the way there: no effect, but the caller cannot know: outcome `unclear`. */
  | { readonly kind: 'lose-request'; readonly code: ErrorCode }
  /** Done, and the answer is lost: outcome `unclear`. */
  | { readonly kind: 'lose-answer'; readonly code: ErrorCode }
  /** The answer is lost, and the effect comes this much later. */
  | { readonly kind: 'late'; readonly afterMs: number }
  /** Nothing comes back until the caller gives up; no effect. A watch stays silent. */
  | { readonly kind: 'hang' }
  /** Only a watch: the cursor is too old; the stream ends by itself; it breaks after it has begun. */
  | { readonly kind: 'expire' }
  | { readonly kind: 'end' }
  | { readonly kind: 'break'; readonly code: ErrorCode };

@Injectable()
export class SandboxFaults {
  readonly #planned = new Map<string, SandboxFault[]>();
  readonly #cut = new Map<string, ErrorCode>();
  readonly #counts = new Map<string, number>();

  plan(serverId: string, call: SandboxCall, ...faults: readonly SandboxFault[]): void {
    const key = `${serverId}/${call}`;
    this.#planned.set(key, [...(this.#planned.get(key) ?? []), ...faults]);
  }

  /** From now on nothing reaches the server. A watch that is open breaks. */
  cut(serverId: string, code: ErrorCode = 'CONNECTION_TIMEOUT'): void {
    this.#cut.set(serverId, code);
  }

  heal(serverId: string): void {
    this.#cut.delete(serverId);
  }

  cutCode(serverId: string): ErrorCode | undefined {
    return this.#cut.get(serverId);
  }

  /** How often the call was made so far. */
  count(serverId: string, call: SandboxCall): number {
    return this.#counts.get(`${serverId}/${call}`) ?? 0;
  }

  /** Counts a call and takes what is planned for it. */
  meet(serverId: string, call: SandboxCall): SandboxFault | undefined {
    const key = `${serverId}/${call}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const code = this.#cut.get(serverId);
    return code ? { kind: 'refuse', code } : this.#planned.get(key)?.shift();
  }
}
