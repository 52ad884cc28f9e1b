import {
  CdkFixedSizeVirtualScroll,
  CdkVirtualForOf,
  CdkVirtualScrollableWindow,
  CdkVirtualScrollViewport,
} from '@angular/cdk/scrolling';
import { Component, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ServerDto } from '../api/models/server-dto';
import { Age } from '../ui/age';
import { RESOURCES } from '../ui/amount-format';
import { CapacityBar } from '../ui/capacity-bar';
import { Icon } from '../ui/icon';
import { StatusBadge } from '../ui/status-badge';
import type { SortKey } from './fleet-query';
import { FleetView } from './fleet-view';
import { OLD_SECONDS } from './server-card';
import { reasonOf, stateOf } from './server-words';

const ROW_HEIGHT = 52;

const COLUMNS: readonly { readonly key: SortKey; readonly label: string }[] = [
  { key: 'name', label: 'Server' },
  { key: 'state', label: 'Status' },
  { key: 'cpus', label: 'Free CPU' },
  { key: 'memoryGiB', label: 'Free memory' },
  { key: 'storageGiB', label: 'Free storage' },
  { key: 'gpus', label: 'Free GPUs' },
  { key: 'pods', label: 'Pods' },
  { key: 'age', label: 'Seen' },
];

/** Many servers, one line each. Only those near the window are in the page. */
@Component({
  selector: 'berth-server-table',
  imports: [
    Age,
    CapacityBar,
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollableWindow,
    CdkVirtualScrollViewport,
    Icon,
    RouterLink,
    StatusBadge,
  ],
  templateUrl: './server-table.html',
  styleUrl: './server-table.css',
})
export class ServerTable {
  readonly servers = input.required<readonly ServerDto[]>();

  protected readonly view = inject(FleetView);
  protected readonly columns = COLUMNS;
  protected readonly resources = RESOURCES;
  protected readonly rowHeight = ROW_HEIGHT;
  protected readonly oldSeconds = OLD_SECONDS;
  protected readonly stateOf = stateOf;
  protected readonly reasonOf = reasonOf;

  protected sortOf(key: SortKey): 'ascending' | 'descending' | 'none' {
    const { sort, isDescending } = this.view.query();
    return sort !== key ? 'none' : isDescending ? 'descending' : 'ascending';
  }

  /** A row is filled anew, not made anew, when another server comes to its place: sorting stays quick. */
  protected rowIndex(index: number): number {
    return index;
  }
}
