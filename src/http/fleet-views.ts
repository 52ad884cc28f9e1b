import { Injectable } from '@nestjs/common';
import { podView } from '../pods/pod-view.js';
import { fleetView, prepareServerView, serverJson } from '../servers/server-view.js';
import { StateRepository } from '../state/state.repository.js';
import { EventViews } from './event-views.js';
import { momentOf } from './server-moment.js';

/** The views of the GETs, without the sums' age: else the fleet would be told again with every second. */
@Injectable()
export class FleetViews implements EventViews {
  constructor(private readonly state: StateRepository) {}

  server(serverId: string): string | null {
    const moment = momentOf(this.state.read(), serverId);
    return moment && serverJson(moment, Date.now());
  }

  pod(serverId: string, podId: string): string | null {
    const moment = momentOf(this.state.read(), serverId);
    const pod = moment?.entry.pods[podId];
    if (!moment || !pod) return null;
    return JSON.stringify(podView({ pod, server: moment.entry.server, seen: moment.seen }, Date.now()));
  }

  fleet(): string {
    const { observedAt: _at, ageSeconds: _age, ...view } = fleetView(this.state.read(), Date.now());
    return JSON.stringify(view);
  }

  prepare(serverId: string): void {
    const moment = momentOf(this.state.read(), serverId);
    if (moment) prepareServerView(moment);
  }
}
