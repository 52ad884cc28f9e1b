import { Component, ElementRef, inject, input, viewChild } from '@angular/core';
import { Icon } from './icon';
import type { IconName } from './icons';

/** A button that opens a small panel below it; what is projected stands in the panel. Escape and a press elsewhere close it. */
@Component({
  selector: 'berth-dropdown',
  imports: [Icon],
  template: `
    <details #details>
      <summary class="button" [class.chosen]="isChosen()">
        @if (icon(); as icon) {
          <berth-icon [name]="icon" />
        }
        {{ label() }}<berth-icon name="chevronDown" [size]="14" />
      </summary>
      <div class="body"><ng-content /></div>
    </details>
  `,
  styles: `
    :host {
      position: relative;
      display: inline-block;
    }
    summary {
      list-style: none;
    }
    summary::-webkit-details-marker {
      display: none;
    }
    .chosen {
      border-color: var(--berth-accent);
      color: var(--berth-accent);
    }
    .body {
      position: absolute;
      top: calc(100% + 4px);
      left: 0;
      z-index: 10;
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 0.25rem;
      width: max-content;
      min-width: 12rem;
      max-width: min(24rem, calc(100vw - 2rem));
      max-height: 22rem;
      padding: 0.6rem;
      overflow-y: auto;
      border: 1px solid var(--berth-line);
      border-radius: var(--berth-radius);
      background: var(--berth-raised);
      box-shadow: var(--berth-shadow);
    }
    :host(.right) .body {
      right: 0;
      left: auto;
    }
    /* As wide as the page, wherever its button stands. */
    @media (max-width: 600px) {
      :host {
        position: static;
      }
      .body,
      :host(.right) .body {
        top: auto;
        right: 0.75rem;
        left: 0.75rem;
        width: auto;
        max-width: none;
      }
    }
  `,
  host: {
    '(document:pointerdown)': 'beside($event)',
    '(keydown.escape)': 'escape($event)',
    '(focusout)': 'left($event)',
  },
})
export class Dropdown {
  readonly #host = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  private readonly details = viewChild.required<ElementRef<HTMLDetailsElement>>('details');

  readonly label = input.required<string>();
  readonly icon = input<IconName | null>(null);
  /** Something is chosen in it: shown by colour and border; say it in the label too. */
  readonly isChosen = input(false);

  protected beside({ target }: Event): void {
    if (target instanceof Node && !this.#host.contains(target)) this.#close();
  }

  protected left({ relatedTarget }: FocusEvent): void {
    if (relatedTarget instanceof Node && !this.#host.contains(relatedTarget)) this.#close();
  }

  protected escape(event: Event): void {
    if (!this.details().nativeElement.open) return;
    event.stopPropagation();
    this.#close();
    this.#host.querySelector('summary')?.focus();
  }

  #close(): void {
    this.details().nativeElement.open = false;
  }
}
