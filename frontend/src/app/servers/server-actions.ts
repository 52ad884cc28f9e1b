import { Component, computed, inject, input, output } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import { type Command, ServerCommands } from './server-commands';

export type ServerDialog = 'details' | 'connection' | 'remove';

interface Action {
  readonly command: Command;
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
}

const TEST: Action = {
  command: 'test',
  icon: 'play',
  label: 'Test',
  title: 'Look at the connection now; changes nothing',
};
const REFRESH: Action = { command: 'refresh', icon: 'refresh', label: 'Refresh', title: 'Read all nodes and pods now' };
const RECONNECT: Action = {
  command: 'reconnect',
  icon: 'arrowRight',
  label: 'Reconnect',
  title: 'Close the connection and open a new one',
};
const PAUSE: Action = {
  command: 'pause',
  icon: 'pause',
  label: 'Pause',
  title: 'Leave the server alone; its pods run on and keep their room',
};
const RESUME: Action = { command: 'resume', icon: 'play', label: 'Resume', title: 'Look after the server again' };

/** The buttons of a server's page. */
@Component({
  selector: 'berth-server-actions',
  imports: [Icon],
  template: `
    @for (action of actions(); track action.command) {
      <button
        type="button"
        class="button"
        [class.primary]="action.command === 'resume'"
        [title]="action.title"
        [disabled]="commands.busy() !== null"
        (click)="run(action.command)"
      >
        @if (commands.busy() === action.command) {
          <berth-icon name="spinner" class="spin" />
        } @else {
          <berth-icon [name]="action.icon" />
        }
        {{ action.label }}
      </button>
    }
    <button type="button" class="button" (click)="opened.emit('details')"><berth-icon name="edit" />Edit</button>
    @if (canMove()) {
      <button type="button" class="button" (click)="opened.emit('connection')">
        <berth-icon name="key" />Change connection
      </button>
    }
    <button type="button" class="button remove" (click)="opened.emit('remove')">
      <berth-icon name="trash" />Remove
    </button>
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      gap: 0.5rem;
    }
    .remove {
      color: var(--berth-bad);
    }
  `,
})
export class ServerActions {
  protected readonly commands = inject(ServerCommands);
  readonly server = input.required<ServerDto>();
  readonly opened = output<ServerDialog>();

  protected readonly actions = computed(() => (this.server().isPaused ? [RESUME] : [TEST, REFRESH, RECONNECT, PAUSE]));
  protected readonly canMove = computed(() => ['ssh', 'kubeconfig'].includes(this.server().connection.kind));

  protected run(command: Command): void {
    const server = this.server();
    if (command === 'test') void this.commands.test(server);
    else if (command === 'refresh') void this.commands.refresh(server);
    else if (command === 'reconnect') void this.commands.reconnect(server);
    else if (command === 'pause') void this.commands.pause(server);
    else if (command === 'resume') void this.commands.resume(server);
  }
}
