import { Component, computed, inject, input } from '@angular/core';
import { Clock } from '../live/clock';
import { ageSeconds, ageWords } from './age-words';

/** How long ago something was so; ticks with the page's one clock. The full instant is in the tooltip. */
@Component({
  selector: 'berth-age',
  template: `<time [attr.datetime]="at()" [attr.title]="title()" [class.old]="isOld()">{{ words() }}</time>`,
  styles: `
    :host {
      white-space: nowrap;
    }
    .old {
      color: var(--berth-warn);
      font-weight: 500;
    }
  `,
})
export class Age {
  readonly #clock = inject(Clock);

  /** ISO instant; null shows `never`. */
  readonly at = input.required<string | null>();
  /** What stands after the age: " ago" by default. */
  readonly suffix = input(' ago');
  /** What is shown when there is no instant. */
  readonly never = input('never seen');
  /** Marked as old from this age on, seconds; by default never. */
  readonly oldAfter = input(Number.POSITIVE_INFINITY);

  readonly #seconds = computed(() => ageSeconds(this.at(), this.#clock.now()));
  protected readonly isOld = computed(() => (this.#seconds() ?? 0) >= this.oldAfter());
  protected readonly words = computed(() => {
    const seconds = this.#seconds();
    if (seconds === null) return this.never();
    const words = ageWords(seconds);
    return words === 'now' ? words : `${words}${this.suffix()}`;
  });
  protected readonly title = computed(() => {
    const at = this.at();
    return at === null ? null : new Date(at).toLocaleString();
  });
}
