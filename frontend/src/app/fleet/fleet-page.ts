import { Component } from '@angular/core';

@Component({ selector: 'berth-fleet-page', template: `<h1>Fleet</h1>` })
export class FleetPage {}
