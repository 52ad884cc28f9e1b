import type { CapacityDto } from '../api/models/capacity-dto';
import type { Resource } from './amount-format';

/** Widths in percent of the bar, which is as long as what is offered or claimed, whichever is more. */
export interface CapacityShares {
  readonly reserved: number;
  readonly foreign: number;
  /** Where the offer ends; 100 unless there is an overcommit. */
  readonly offer: number;
  /** Where the use stands; null when it is not known. */
  readonly used: number | null;
  readonly isOvercommitted: boolean;
}

export function capacityShares(capacity: CapacityDto, resource: Resource, used: number | null): CapacityShares {
  const offer = capacity.allocatable[resource];
  const reserved = capacity.reserved[resource];
  const foreign = capacity.foreign[resource];
  const length = Math.max(offer, reserved + foreign);
  const percent = (value: number): number => (length > 0 ? Math.min(100, (100 * value) / length) : 0);
  return {
    reserved: percent(reserved),
    foreign: percent(foreign),
    offer: length > 0 ? percent(offer) : 100,
    used: used === null || length === 0 ? null : percent(used),
    isOvercommitted: capacity.overcommitted[resource] > 0,
  };
}
