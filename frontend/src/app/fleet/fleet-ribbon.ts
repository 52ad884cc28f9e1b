import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { FleetStore } from '../live/fleet-store';
import { Age } from '../ui/age';
import { formatAmount, type Resource, RESOURCES } from '../ui/amount-format';
import { CapacityBar } from '../ui/capacity-bar';
import { Icon } from '../ui/icon';
import { statusWords } from '../ui/status-words';
import { FleetView } from './fleet-view';

/** A picture older than this makes the sums doubtful. */
const OLD_SECONDS = 300;

/** The fleet in one strip: servers by state (each a filter), pods, and what is claimed, used and free. */
@Component({
  selector: 'berth-fleet-ribbon',
  imports: [Age, CapacityBar, Icon, RouterLink],
  templateUrl: './fleet-ribbon.html',
  styleUrl: './fleet-ribbon.css',
})
export class FleetRibbon {
  protected readonly view = inject(FleetView);
  protected readonly fleet = inject(FleetStore).fleet;
  protected readonly oldSeconds = OLD_SECONDS;

  protected readonly states = computed(() =>
    Object.entries(this.fleet()?.servers.byState ?? {})
      .filter(([, count]) => count > 0)
      .map(([state, count]) => ({ state, count, words: statusWords(state) })),
  );
  protected readonly resources = computed(() => {
    const allocatable = this.fleet()?.capacity.allocatable;
    const allocated = this.fleet()?.capacity.allocated;
    return RESOURCES.filter((resource) => resource !== 'gpus' || (allocatable?.gpus ?? 0) + (allocated?.gpus ?? 0) > 0);
  });

  /** "40 cores reserved · 12 cores other pods · 9 cores used" */
  protected claims(resource: Resource): string {
    const fleet = this.fleet();
    if (!fleet) return '';
    const { reserved, foreign } = fleet.capacity;
    const parts = [
      `${formatAmount(resource, reserved[resource])} reserved`,
      `${formatAmount(resource, foreign[resource])} other`,
    ];
    if (fleet.usage && (resource === 'cpus' || resource === 'memoryGiB')) {
      parts.push(`${formatAmount(resource, fleet.usage[resource])} used`);
    }
    return parts.join(' · ');
  }
}
