import { isGiven, type Need } from '../facts.js';

/** A case that needs machines or facts of them. Without them it is not run, and the reporter says so at the end. */
export function caseWith(needs: readonly Need[], name: string, run: () => Promise<void>): void {
  const missing = needs.filter((need) => !isGiven(need));
  if (missing.length === 0) it(name, run);
  else it.skip(`${name} [needs ${missing.join(', ')}]`, run);
}
