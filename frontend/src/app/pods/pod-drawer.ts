import { Component, input } from '@angular/core';

@Component({
  selector: 'berth-pod-drawer',
  template: `<aside aria-label="Pod">{{ podId() }}</aside>`,
})
export class PodDrawer {
  /** From the address. */
  readonly podId = input.required<string>();
}
