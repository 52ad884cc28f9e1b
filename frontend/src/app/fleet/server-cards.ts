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
const CARD_HEIGHT = 270;

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
    <cdk-virtual-scroll-viewport
      scrollWindow
      role="list"
      aria-label="Servers"
      [itemSize]="rowHeight"
      [minBufferPx]="400"
      [maxBufferPx]="400"
    >
      <div *cdkVirtualFor="let row of rows(); trackBy: rowIndex" class="row" [style.grid-template-columns]="template()">
        @for (server of row; track $index) {
          <div role="listitem"><berth-server-card [server]="server" /></div>
        }
      </div>
    </cdk-virtual-scroll-viewport>
  `,
  styles: `
    :host {
      display: block;
      min-width: 0;
    }
    .row {
      display: grid;
      justify-content: space-between;
      contain: size layout style;
      height: 284px;
      padding-bottom: 14px;
    }
    .row > div {
      min-width: 0;
    }
  `,
})
export class ServerCards {
  readonly servers = input.required<readonly ServerDto[]>();

  readonly #width = signal(0);
  protected readonly rowHeight = CARD_HEIGHT + GAP;
  protected readonly columns = computed(() => Math.max(1, Math.floor((this.#width() + GAP) / (CARD_WIDTH + GAP))));
  /** Whole pixels: the edge of a card that ends between two is cut off by its list. */
  protected readonly template = computed(() => {
    const columns = this.columns();
    return `repeat(${columns}, ${Math.floor((this.#width() - GAP * (columns - 1)) / columns)}px)`;
  });
  /** None before the width is known: cards that jump to their column are worse than cards a frame later. */
  protected readonly rows = computed(() => (this.#width() === 0 ? [] : inRows(this.servers(), this.columns())));

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    const observer = new ResizeObserver(([entry]) => this.#width.set(entry?.contentRect.width ?? 0));
    observer.observe(element);
    inject(DestroyRef).onDestroy(() => observer.disconnect());
  }

  /** A row is filled anew, not made anew, when other servers come to its place: sorting stays quick. */
  protected rowIndex(index: number): number {
    return index;
  }
}
