import { afterRenderEffect, Component, computed, ElementRef, input, output, viewChild } from '@angular/core';
import { formatAmount, type Resource, RESOURCE_WORDS, shortNumber } from '../ui/amount-format';
import { Icon } from '../ui/icon';
import { floorAmount } from './fit';

/** One resource of the shape: a slider as long as what one node has free, and a number that may go beyond it (and then says so). */
@Component({
  selector: 'berth-amount-field',
  imports: [Icon],
  templateUrl: './amount-field.html',
  styleUrls: ['./form.css', './amount-field.css'],
})
export class AmountField {
  readonly resource = input.required<Resource>();
  readonly value = input.required<number>();
  /** The most that one node has free, whatever else is asked for. */
  readonly most = input.required<number>();
  /** The most on a node that also holds the rest of the shape; null: none holds the rest. */
  readonly reach = input.required<number | null>();
  readonly problem = input('');
  readonly changed = output<number>();

  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');
  protected readonly words = computed(() => RESOURCE_WORDS[this.resource()]);
  protected readonly isWhole = computed(() => this.resource() === 'gpus');
  protected readonly top = computed(() => floorAmount(this.resource(), this.most()));
  protected readonly step = computed(() => {
    if (this.isWhole()) return 1;
    return this.top() > 200 ? 1 : this.top() > 20 ? 0.5 : 0.1;
  });
  protected readonly sliderText = computed(() => formatAmount(this.resource(), this.value()));
  protected readonly note = computed(() => {
    const resource = this.resource();
    if (this.most() <= 0) return resource === 'gpus' ? 'No node has a free GPU.' : 'No node has any free.';
    const most = `up to ${formatAmount(resource, this.top())} free on one node`;
    const reach = this.reach();
    if (reach === null || reach >= this.most()) return most;
    return `${most}, ${shortNumber(floorAmount(resource, reach))} together with the rest`;
  });
  /** More than there is anywhere: Berth would refuse it. */
  protected readonly excess = computed(() => {
    const { value, most } = { value: this.value(), most: this.most() };
    return value > most + 1e-6 ? `${formatAmount(this.resource(), value - most)} more than any node has free` : '';
  });

  constructor() {
    // Not while somebody types: "0." on the way to "0.5" is the number 0, and writing that would eat the point.
    afterRenderEffect(() => {
      this.value();
      if (document.activeElement !== this.field().nativeElement) this.show();
    });
  }

  protected show(): void {
    this.field().nativeElement.value = String(this.value());
  }

  protected take(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    const value = event.target.valueAsNumber;
    // A field that is being emptied keeps what was there.
    if (Number.isFinite(value)) this.changed.emit(Math.max(0, Number(value.toFixed(3))));
  }

  protected bump(by: number): void {
    this.changed.emit(Math.max(0, Math.floor(this.value()) + by));
  }
}
