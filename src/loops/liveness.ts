/**
 * Where a job says whether it still moves. `/livez` fails while any check returns words instead of null, and shows them.
 * A check is called often and must be cheap: no I/O, no waiting, no throwing.
 */
export abstract class Liveness {
  abstract register(name: string, check: () => string | null): void;
}
