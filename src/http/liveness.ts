import { Injectable } from '@nestjs/common';
import type { Liveness } from '../loops/liveness.js';

/** Says what is wrong, in words for an operator; null when all is well. Called on the request path: it only looks, and never waits. */
export type Check = () => string | null;

/** Named checks, given by whoever can tell that something of his is broken. */
export abstract class Checks {
  readonly #checks = new Map<string, Check>();

  /** @returns a function that takes the check away again. */
  register(name: string, check: Check): () => void {
    this.#checks.set(name, check);
    return () => void this.#checks.delete(name);
  }

  /** Every check by name: `ok` or what is wrong. A check that throws is a check that fails. */
  run(): { readonly isOk: boolean; readonly checks: Record<string, string> } {
    const checks: Record<string, string> = {};
    let isOk = true;
    for (const [name, check] of this.#checks) {
      let problem: string | null;
      try {
        problem = check();
      } catch (error) {
        problem = error instanceof Error ? error.message : 'the check failed';
      }
      checks[name] = problem ?? 'ok';
      isOk &&= problem === null;
    }
    return { isOk, checks };
  }
}

/** Is this process of any use, or should it be started anew? Jobs know it as the `Liveness` of loops/ and register here. */
@Injectable()
export class LivenessChecks extends Checks implements Liveness {}

/** Should requests be sent here now? */
@Injectable()
export class ReadinessChecks extends Checks {}
