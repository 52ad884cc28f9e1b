import { Injectable } from '@nestjs/common';
import { StateRepository } from '../state/state.repository.js';
import { EventViews } from './event-views.js';

/** Ids and names only: what the event stream shows when no room has given better views. */
@Injectable()
export class PlainViews implements EventViews {
  constructor(private readonly state: StateRepository) {}

  server(serverId: string): object | null {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    return entry ? { id: serverId, name: entry.server.name, state: observed[serverId]?.status.state ?? null } : null;
  }

  pods(serverId: string): readonly { readonly id: string; readonly name: string; readonly serverId: string }[] {
    const pods = Object.values(this.state.read().servers[serverId]?.pods ?? {});
    return pods.map(({ id, name }) => ({ id, name, serverId }));
  }

  fleet(): object {
    return { servers: Object.keys(this.state.read().servers).length };
  }
}
