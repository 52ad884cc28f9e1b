import { Component, computed, input } from '@angular/core';
import type { CapacityDto } from '../api/models/capacity-dto';
import type { UsageDto } from '../api/models/usage-dto';
import { formatAmount, formatShare, type Resource, RESOURCE_WORDS } from './amount-format';
import { capacityShares } from './capacity-shares';
import { Icon } from './icon';

/** A small share is still seen: painting less than a pixel paints nothing. */
const widthOf = (share: number): string => (share > 0 ? `max(1px, ${share}%)` : '0');

/**
 * One resource of a server, a node or the fleet: reserved (solid), other pods (hatched), free (empty), use (a tick), and what is claimed
 * beyond the offer (red, with words). Read out as one sentence.
 */
@Component({
  selector: 'berth-capacity-bar',
  imports: [Icon],
  templateUrl: './capacity-bar.html',
  styleUrl: './capacity-bar.css',
  host: { '[class.dense]': 'isDense()' },
})
export class CapacityBar {
  readonly capacity = input.required<CapacityDto>();
  readonly resource = input.required<Resource>();
  /** CPU and memory have a measured use; null or left out: no tick. */
  readonly usage = input<UsageDto | null>(null);
  /** Only the bar and one number, for tables. */
  readonly isDense = input(false);

  protected readonly words = computed(() => RESOURCE_WORDS[this.resource()]);
  protected readonly used = computed(() => {
    const usage = this.usage();
    const resource = this.resource();
    if (!usage || (resource !== 'cpus' && resource !== 'memoryGiB')) return null;
    return usage[resource];
  });
  protected readonly shares = computed(() => capacityShares(this.capacity(), this.resource(), this.used()));
  /** How far the reserved and, below it, all that is claimed reach. */
  protected readonly sizes = computed(() => {
    const { reserved, foreign } = this.shares();
    return `${widthOf(reserved)} 100%, ${widthOf(reserved + foreign)} 100%`;
  });
  protected readonly isNone = computed(
    () => this.capacity().allocatable[this.resource()] === 0 && this.capacity().allocated[this.resource()] === 0,
  );
  protected readonly freeText = computed(() =>
    formatShare(
      this.resource(),
      Math.max(0, this.capacity().available[this.resource()]),
      this.capacity().allocatable[this.resource()],
    ),
  );
  protected readonly overText = computed(() =>
    formatAmount(this.resource(), this.capacity().overcommitted[this.resource()]),
  );
  protected readonly sentence = computed(() => {
    const { capacity, resource, used } = { capacity: this.capacity(), resource: this.resource(), used: this.used() };
    const parts = [
      `${this.words().label}: ${this.freeText()} free`,
      `${formatAmount(resource, capacity.reserved[resource])} reserved`,
      `${formatAmount(resource, capacity.foreign[resource])} of other pods`,
    ];
    if (used !== null) parts.push(`${formatAmount(resource, used)} in use`);
    if (this.shares().isOvercommitted) parts.push(`overcommitted by ${this.overText()}`);
    return parts.join(', ');
  });
}
