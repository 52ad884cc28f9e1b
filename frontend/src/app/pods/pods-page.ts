import { Component } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { EmptyState } from '../ui/empty-state';

@Component({
  selector: 'berth-pods-page',
  imports: [EmptyState, RouterOutlet],
  template: `
    <h1>Pods</h1>
    <berth-empty-state icon="info" heading="Not built yet">This page is on its way.</berth-empty-state>
    <router-outlet />
  `,
})
export class PodsPage {}
