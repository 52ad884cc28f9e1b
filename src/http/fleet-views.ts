import { Injectable } from '@nestjs/common';
import { podView } from '../pods/pod-view.js';
import type { PodDto } from '../pods/pod.dto.js';
import { fleetView, serverView } from '../servers/server-view.js';
import { StateRepository } from '../state/state.repository.js';
import { EventViews } from './event-views.js';

/** The views of the GETs, without what only the clock changes: else every event would tell everything again. */
@Injectable()
export class FleetViews implements EventViews {
  constructor(private readonly state: StateRepository) {}

  server(serverId: string): object | null {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    return entry ? serverView({ entry, seen: observed[serverId] }, Date.now()) : null;
  }

  pods(serverId: string): readonly Omit<PodDto, 'observedAt' | 'ageSeconds'>[] {
    const { servers, observed } = this.state.read();
    const entry = servers[serverId];
    return Object.values(entry?.pods ?? {}).flatMap((pod) => {
      if (!entry) return [];
      const {
        observedAt: _at,
        ageSeconds: _age,
        ...view
      } = podView({ pod, server: entry.server, seen: observed[serverId] }, Date.now());
      return [view];
    });
  }

  fleet(): object {
    const { observedAt: _at, ageSeconds: _age, ...view } = fleetView(this.state.read(), Date.now());
    return view;
  }
}
