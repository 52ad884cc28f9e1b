import { JsonGuard, type JsonLimits } from './json-guard.js';

const NEWLINE = 0x0a;

/** Cuts a stream into lines of JSON, each within the limits. */
export class LineSplitter {
  readonly #guard: JsonGuard;
  #isEmpty = true;

  constructor(
    limits: JsonLimits,
    private readonly onLine: (value: unknown) => void,
  ) {
    this.#guard = new JsonGuard(limits);
  }

  /** @throws ClusterError KUBERNETES_BAD_RESPONSE on a line that is too long, too deep or not JSON */
  take(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, at));
      this.#finish();
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
  }

  #add(part: Buffer): void {
    if (part.length === 0) return;
    this.#isEmpty = false;
    this.#guard.take(part);
  }

  #finish(): void {
    if (this.#isEmpty) return;
    this.#isEmpty = true;
    this.onLine(this.#guard.value());
  }
}
