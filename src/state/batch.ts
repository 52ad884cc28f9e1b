/** Everything that one write will make durable. */
export class Batch {
  readonly durable: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (reason: Error) => void;

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.durable = promise;
    this.resolve = resolve;
    this.reject = reject;
    // A batch of facts alone has nobody who waits; its failure shows in health().
    promise.catch(() => {});
  }
}
