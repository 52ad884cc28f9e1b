import { Injectable, signal } from '@angular/core';
import type { FleetDto } from '../api/models/fleet-dto';

/** The sums over all servers; null until they are known. Only the feed writes. */
@Injectable({ providedIn: 'root' })
export class FleetStore {
  readonly #fleet = signal<FleetDto | null>(null);
  readonly fleet = this.#fleet.asReadonly();

  /** An event has no observedAt: the one that is known stays. */
  put(fleet: FleetDto): void {
    this.#fleet.update((before) => ({ ...fleet, observedAt: fleet.observedAt ?? before?.observedAt ?? null }));
  }

  forget(): void {
    this.#fleet.set(null);
  }
}
