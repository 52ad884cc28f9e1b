import { Component, computed, inject } from '@angular/core';
import { type Resource, RESOURCE_WORDS, RESOURCES } from '../ui/amount-format';
import { Dropdown } from '../ui/dropdown';
import { Icon } from '../ui/icon';
import { NO_MINIMUM, type SortKey } from './fleet-query';
import { FleetView } from './fleet-view';

const SORT_WORDS: readonly (readonly [SortKey, string])[] = [
  ['name', 'Name'],
  ['state', 'Status'],
  ['cpus', 'Free CPU'],
  ['memoryGiB', 'Free memory'],
  ['storageGiB', 'Free storage'],
  ['gpus', 'Free GPUs'],
  ['pods', 'Pods'],
  ['location', 'Location'],
  ['age', 'Last seen'],
];

/** Which servers are shown, in which order, and how. */
@Component({
  selector: 'berth-fleet-filter-bar',
  imports: [Dropdown, Icon],
  templateUrl: './fleet-filter-bar.html',
  styleUrl: './fleet-filter-bar.css',
})
export class FleetFilterBar {
  protected readonly view = inject(FleetView);
  protected readonly resources = RESOURCES;
  protected readonly words = RESOURCE_WORDS;
  protected readonly sorts = SORT_WORDS;

  protected readonly tagLabel = computed(() => {
    const { tags } = this.view.query();
    return tags.length === 0 ? 'Tags' : tags.length === 1 ? `Tag: ${tags[0]}` : `Tags: ${tags.length}`;
  });
  protected readonly minimumCount = computed(
    () => RESOURCES.filter((resource) => this.view.query().minFree[resource] > 0).length,
  );
  protected readonly minimumLabel = computed(() =>
    this.minimumCount() === 0 ? 'Free at least' : `Free at least: ${this.minimumCount()}`,
  );

  protected text(event: Event): void {
    this.view.set({ text: valueOf(event) });
  }

  protected leaveText(event: Event): void {
    if (this.view.query().text === '') {
      if (event.target instanceof HTMLElement) event.target.blur();
    } else this.view.set({ text: '' });
  }

  protected location(event: Event): void {
    this.view.set({ location: valueOf(event) });
  }

  protected sort(event: Event): void {
    const sort = SORT_WORDS.find(([key]) => key === valueOf(event))?.[0];
    if (sort && sort !== this.view.query().sort) this.view.sortBy(sort);
  }

  protected minimum(resource: Resource, event: Event): void {
    const value = Number(valueOf(event));
    const minFree = { ...this.view.query().minFree, [resource]: Number.isFinite(value) && value > 0 ? value : 0 };
    this.view.set({ minFree });
  }

  protected noMinimum(): void {
    this.view.set({ minFree: NO_MINIMUM });
  }
}

function valueOf({ target }: Event): string {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement ? target.value : '';
}
