import { Injectable } from '@nestjs/common';

/** Whether Berth is on its way out. Once true, it stays so: no new request is begun, and `/readyz` says 503. */
@Injectable()
export class Stopping {
  #isStopping = false;

  get isStopping(): boolean {
    return this.#isStopping;
  }

  begin(): void {
    this.#isStopping = true;
  }
}
