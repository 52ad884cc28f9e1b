import { Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { ServerDto } from '../api/models/server-dto';
import { Age } from '../ui/age';
import { RESOURCES } from '../ui/amount-format';
import { CapacityBar } from '../ui/capacity-bar';
import { Icon } from '../ui/icon';
import { StatusBadge } from '../ui/status-badge';
import { statusWords } from '../ui/status-words';
import { reasonOf, stateOf } from './server-words';

/** A picture older than this is marked: Berth reserves nothing on it. */
export const OLD_SECONDS = 300;

/** One server, always as tall as every other: the list of cards counts on it. */
@Component({
  selector: 'berth-server-card',
  imports: [Age, CapacityBar, Icon, RouterLink, StatusBadge],
  templateUrl: './server-card.html',
  styleUrl: './server-card.css',
})
export class ServerCard {
  readonly server = input.required<ServerDto>();

  protected readonly resources = RESOURCES;
  protected readonly oldSeconds = OLD_SECONDS;
  protected readonly state = computed(() => stateOf(this.server()));
  protected readonly words = computed(() => statusWords(this.state()));
  protected readonly reason = computed(() => reasonOf(this.server()));
}
