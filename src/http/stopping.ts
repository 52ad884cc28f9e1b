import { Injectable } from '@nestjs/common';

/**
 * Whether Berth is on its way out, and what it still has in hand. Once stopping, it stays so: no new request is begun, and `/readyz`
 * says 503. A request is in hand from the end of its headers until its answer is written or its connection is gone.
 */
@Injectable()
export class Stopping {
  #isStopping = false;
  #inHand = 0;

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get requestsInHand(): number {
    return this.#inHand;
  }

  take(): void {
    this.#inHand += 1;
  }

  putDown(): void {
    this.#inHand -= 1;
  }

  begin(): void {
    this.#isStopping = true;
  }
}
