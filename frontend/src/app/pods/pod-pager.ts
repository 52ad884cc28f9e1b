import { Component, computed, input, output } from '@angular/core';
import { Age } from '../ui/age';
import { Icon } from '../ui/icon';
import type { PodPage } from './pod-list';
import { PAGE_SIZE } from './pods-query';

/** "51 to 100 of 4,200", and the pages beside this one. */
@Component({
  selector: 'berth-pod-pager',
  imports: [Age, Icon],
  template: `
    <p role="status">{{ words() }}</p>
    <p class="muted">read <berth-age [at]="page().readAt" /></p>
    <div class="buttons">
      <button type="button" class="button" [disabled]="isFirst()" (click)="previous.emit()">
        <berth-icon name="arrowRight" class="back" />{{ isFirst() || pagesBefore() > 0 ? 'Previous' : 'First page' }}
      </button>
      <button type="button" class="button" [disabled]="page().nextCursor === null" (click)="next.emit()">
        Next<berth-icon name="arrowRight" />
      </button>
    </div>
  `,
  styles: `
    :host {
      display: flex;
      flex-wrap: wrap;
      gap: 0.5rem 1rem;
      align-items: center;
    }
    .buttons {
      display: flex;
      gap: 0.5rem;
      margin-left: auto;
    }
    .back {
      transform: scaleX(-1);
    }
  `,
})
export class PodPager {
  readonly page = input.required<PodPage>();
  readonly pagesBefore = input.required<number>();
  readonly isFirst = input.required<boolean>();
  readonly next = output();
  readonly previous = output();

  protected readonly words = computed(() => {
    const { items, total } = this.page();
    const all = `${total.toLocaleString()} ${total === 1 ? 'pod' : 'pods'}`;
    if (!this.isFirst() && this.pagesBefore() === 0) return `${items.length} of ${all}`;
    const from = this.pagesBefore() * PAGE_SIZE + 1;
    return items.length === total
      ? all
      : `${from.toLocaleString()} to ${(from + items.length - 1).toLocaleString()} of ${all}`;
  });
}
