import { Injectable } from '@nestjs/common';
import { StateRepository } from '../state/state.repository.js';
import { EventViews } from './event-views.js';

/** Ids and names only: what the event stream shows when no room has given better views. */
@Injectable()
export class PlainViews implements EventViews {
  constructor(private readonly state: StateRepository) {}

  server(serverId: string): string | null {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    if (!entry) return null;
    return JSON.stringify({ id: serverId, name: entry.server.name, state: observed[serverId]?.status.state ?? null });
  }

  pod(serverId: string, podId: string): string | null {
    const pod = this.state.read().servers[serverId]?.pods[podId];
    return pod ? JSON.stringify({ id: podId, name: pod.name, serverId }) : null;
  }

  fleet(): string {
    return JSON.stringify({ servers: Object.keys(this.state.read().servers).length });
  }

  prepare(): void {}
}
