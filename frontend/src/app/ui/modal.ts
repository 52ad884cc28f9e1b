import { afterNextRender, DestroyRef, Directive, ElementRef, inject, output } from '@angular/core';

/**
 * On a <dialog>: opens it as soon as it is drawn. Focus is kept inside and goes back where it was; Escape and a press beside it close it.
 * Take the dialog out of the page on `closed`.
 */
@Directive({
  selector: 'dialog[berthModal]',
  exportAs: 'berthModal',
  host: { '(close)': 'closed.emit()', '(pointerdown)': 'beside($event)' },
})
export class Modal {
  readonly #element = inject<ElementRef<HTMLDialogElement>>(ElementRef).nativeElement;
  readonly closed = output();

  constructor() {
    const before = document.activeElement;
    afterNextRender(() => this.#element.showModal());
    // A dialog that is taken out of the page while open does not give the focus back by itself.
    inject(DestroyRef).onDestroy(() => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    });
  }

  close(): void {
    this.#element.close();
  }

  protected beside({ target, clientX, clientY }: PointerEvent): void {
    if (target !== this.#element) return;
    const { left, right, top, bottom } = this.#element.getBoundingClientRect();
    if (clientX < left || clientX > right || clientY < top || clientY > bottom) this.close();
  }
}
