import { Component, inject, input } from '@angular/core';
import { ServersStore } from '../live/servers-store';

@Component({
  selector: 'berth-server-page',
  template: `<h1>{{ server()?.name ?? 'Server' }}</h1>`,
})
export class ServerPage {
  /** From the address. */
  readonly serverId = input.required<string>();
  protected readonly server = inject(ServersStore).watch(this.serverId);
}
