import { Component, input } from '@angular/core';
import { Icon } from './icon';
import type { IconName } from './icons';

/** Nothing here yet: says why, and what to do. Project a sentence and the buttons into it. */
@Component({
  selector: 'berth-empty-state',
  imports: [Icon],
  template: `
    <berth-icon [name]="icon()" [size]="32" />
    <h2>{{ heading() }}</h2>
    <div class="body"><ng-content /></div>
  `,
  styles: `
    :host {
      display: grid;
      justify-items: center;
      gap: 0.75rem;
      padding: 3rem 1.5rem;
      text-align: center;
    }
    berth-icon {
      color: var(--berth-muted);
    }
    .body {
      display: grid;
      justify-items: center;
      gap: 1rem;
      max-width: 34rem;
      color: var(--berth-muted);
    }
  `,
})
export class EmptyState {
  readonly icon = input.required<IconName>();
  readonly heading = input.required<string>();
}
