import {
  CdkFixedSizeVirtualScroll,
  CdkVirtualForOf,
  CdkVirtualScrollableWindow,
  CdkVirtualScrollViewport,
} from '@angular/cdk/scrolling';
import { Component, computed, DestroyRef, ElementRef, inject, input, signal } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { inRows } from './rows';
import { ServerCard } from './server-card';

const CARD_WIDTH = 300;
const GAP = 14;
const CARD_HEIGHT = 280;

/** Cards in as many columns as fit. Only those near the window are in the page. */
@Component({
  selector: 'berth-server-cards',
  imports: [
    CdkFixedSizeVirtualScroll,
    CdkVirtualForOf,
    CdkVirtualScrollableWindow,
    CdkVirtualScrollViewport,
    ServerCard,
  ],
  template: `
    <cdk-virtual-scroll-viewport scrollWindow [itemSize]="rowHeight" [minBufferPx]="600" [maxBufferPx]="1200">
      <ul
        *cdkVirtualFor="let row of rows(); trackBy: rowIndex"
        class="row"
        [style.grid-template-columns]="'repeat(' + columns() + ', minmax(0, 1fr))'"
      >
        @for (server of row; track server.id) {
          <li><berth-server-card [server]="server" /></li>
        }
      </ul>
    </cdk-virtual-scroll-viewport>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .row {
      display: grid;
      column-gap: 14px;
      height: 294px;
      padding-bottom: 14px;
    }
    li {
      min-width: 0;
    }
  `,
})
export class ServerCards {
  readonly servers = input.required<readonly ServerDto[]>();

  readonly #width = signal(0);
  protected readonly rowHeight = CARD_HEIGHT + GAP;
  protected readonly columns = computed(() => Math.max(1, Math.floor((this.#width() + GAP) / (CARD_WIDTH + GAP))));
  protected readonly rows = computed(() => inRows(this.servers(), this.columns()));

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const observer = new ResizeObserver(([entry]) => this.#width.set(entry?.contentRect.width ?? 0));
    observer.observe(element);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }

  protected rowIndex(index: number): number {
    return index;
  }
}
