import { Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';
import { LiveFeed } from '../live/live-feed';
import { ServersStore } from '../live/servers-store';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { FirstServer } from './first-server';
import { FleetFilterBar } from './fleet-filter-bar';
import { FleetRibbon } from './fleet-ribbon';
import { FleetView } from './fleet-view';
import { ServerCards } from './server-cards';
import { ServerTable } from './server-table';

@Component({
  selector: 'berth-fleet-page',
  imports: [
    EmptyState,
    FirstServer,
    FleetFilterBar,
    FleetRibbon,
    Icon,
    ProblemBox,
    RouterLink,
    ServerCards,
    ServerTable,
  ],
  providers: [FleetView],
  templateUrl: './fleet-page.html',
  styleUrl: './fleet-page.css',
})
export class FleetPage {
  protected readonly feed = inject(LiveFeed);
  protected readonly servers = inject(ServersStore);
  protected readonly view = inject(FleetView);
  protected readonly isEmpty = computed(() => this.servers.isLoaded() && this.view.total() === 0);

  protected reload(): void {
    void this.feed.reload();
  }
}
