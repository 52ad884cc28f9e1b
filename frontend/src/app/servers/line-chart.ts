import { Component, DestroyRef, effect, ElementRef, inject, input } from '@angular/core';
import { LineChart as Lines } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([CanvasRenderer, GridComponent, LegendComponent, Lines, TooltipComponent]);

/** A drawing of an option. Say what it shows in words beside it: a canvas tells nothing to a screen reader. */
@Component({
  selector: 'berth-line-chart',
  template: '',
  host: { 'aria-hidden': 'true' },
  styles: `
    :host {
      display: block;
      height: 170px;
    }
  `,
})
export class LineChart {
  readonly option = input.required<EChartsCoreOption>();

  constructor() {
    const element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
    clearWithoutHtml(element);
    const chart = init(element);
    effect(() => chart.setOption(this.option(), { notMerge: true }));
    const watcher = new ResizeObserver(() => chart.resize());
    watcher.observe(element);
    inject(DestroyRef).onDestroy(() => {
      watcher.disconnect();
      chart.dispose();
    });
  }
}

/** zrender empties its element by `innerHTML = ''`, which trusted types refuse even for the empty text. */
function clearWithoutHtml(element: HTMLElement): void {
  Object.defineProperty(element, 'innerHTML', {
    set: () => {
      element.replaceChildren();
    },
  });
}
