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
    // Its updates wait for it and are told; a rejection with nobody left is no crash.
    promise.catch(() => {});
  }
}
