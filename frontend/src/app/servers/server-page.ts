import { Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { Title } from '@angular/platform-browser';
import { RouterLink } from '@angular/router';
import type { ServerDto } from '../api/models/server-dto';
import { LiveFeed } from '../live/live-feed';
import { ServersStore } from '../live/servers-store';
import { Age } from '../ui/age';
import { RESOURCES } from '../ui/amount-format';
import { CapacityBar } from '../ui/capacity-bar';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { StatusBadge } from '../ui/status-badge';
import { CheckList } from './check-list';
import { ConnectionDialog } from './connection-dialog';
import { DetailsDialog } from './details-dialog';
import { HostKeyChanged } from './host-key-changed';
import { NodeList } from './node-list';
import { RemoveDialog } from './remove-dialog';
import { ServerActions, type ServerDialog } from './server-actions';
import { ServerCommands } from './server-commands';
import { TrialRunner } from './trial-runner';
import type { Way } from './server-draft';
import { ServerFacts } from './server-facts';
import { ServerHistory } from './server-history';
import { ServerNoticeBox } from './server-notice-box';
import { ServerPods } from './server-pods';
import { TrialPanel } from './trial-panel';

const WAYS: Readonly<Record<ServerDto['connection']['kind'], Way>> = {
  ssh: 'ssh',
  kubeconfig: 'kubeconfig',
  'in-cluster': 'inCluster',
  sandbox: 'sandbox',
};
/** Two full lists at the default pace. */
const OLD_SECONDS = 120;

/** One server: what it is, what it offers, who is on it, how it fares, and what can be done with it. Drawn from the store at once. */
@Component({
  selector: 'berth-server-page',
  imports: [
    Age,
    CapacityBar,
    CheckList,
    ConnectionDialog,
    DetailsDialog,
    EmptyState,
    HostKeyChanged,
    Icon,
    NodeList,
    ProblemBox,
    RemoveDialog,
    RouterLink,
    ServerActions,
    ServerFacts,
    ServerHistory,
    ServerNoticeBox,
    ServerPods,
    StatusBadge,
    TrialPanel,
  ],
  templateUrl: './server-page.html',
  styleUrl: './server-page.css',
  providers: [ServerCommands, TrialRunner],
})
export class ServerPage {
  readonly #servers = inject(ServersStore);
  readonly #title = inject(Title);
  protected readonly feed = inject(LiveFeed);
  protected readonly commands = inject(ServerCommands);

  /** From the address. */
  readonly serverId = input.required<string>();

  protected readonly server = this.#servers.watch(this.serverId);
  protected readonly isLoaded = this.#servers.isLoaded;
  protected readonly dialog = signal<ServerDialog | null>(null);
  protected readonly state = computed(() => (this.server()?.isRemoving ? 'Removing' : (this.server()?.state ?? '')));
  protected readonly resources = RESOURCES;
  protected readonly oldSeconds = OLD_SECONDS;
  /** How its connection was looked at, for the panel of a test. */
  protected readonly looked = computed(() => {
    const connection = this.server()?.connection;
    const at = connection?.address.lastIndexOf('@') ?? -1;
    return {
      way: connection ? WAYS[connection.kind] : 'ssh',
      username: at > 0 ? (connection?.address.slice(0, at) ?? '') : '',
    } as const;
  });

  constructor() {
    effect(() => {
      this.serverId();
      untracked(() => {
        this.commands.forget();
        this.dialog.set(null);
      });
    });
    effect(() => {
      const name = this.server()?.name;
      if (name !== undefined) this.#title.setTitle(`${name} · Berth`);
    });
  }
}
