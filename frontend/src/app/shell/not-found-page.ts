import { Component } from '@angular/core';
import { RouterLink } from '@angular/router';
import { EmptyState } from '../ui/empty-state';

@Component({
  selector: 'berth-not-found-page',
  imports: [EmptyState, RouterLink],
  template: `
    <h1 class="visually-hidden">Not found</h1>
    <berth-empty-state icon="help" heading="There is no such page">
      <p>The address may be mistyped, or what was here is gone.</p>
      <a class="button primary" routerLink="/fleet">Go to the fleet</a>
    </berth-empty-state>
  `,
})
export class NotFoundPage {}
