import { Component, inject } from '@angular/core';
import { Icon } from './icon';
import { Toasts } from './toasts';

/** Shows the toasts and reads them out. Stands once, in the shell. */
@Component({
  selector: 'berth-toast-list',
  imports: [Icon],
  template: `
    <div aria-live="polite" role="status">
      @for (toast of toasts.shown(); track toast.id) {
        <div class="toast" [class]="toast.tone">
          <berth-icon [name]="toast.tone === 'bad' ? 'alert' : toast.tone === 'good' ? 'check' : 'info'" [size]="18" />
          <span>{{ toast.text }}</span>
          @if (toast.action; as action) {
            <button type="button" class="button quiet" (click)="toasts.act(toast)">{{ action.label }}</button>
          }
          <button type="button" class="button quiet icon" aria-label="Close" (click)="toasts.close(toast.id)">
            <berth-icon name="close" />
          </button>
        </div>
      }
    </div>
  `,
  styles: `
    :host {
      position: fixed;
      right: 1rem;
      bottom: 1rem;
      z-index: 50;
      max-width: min(26rem, calc(100vw - 2rem));
    }
    div[aria-live] {
      display: grid;
      gap: 0.5rem;
    }
    .toast {
      display: flex;
      align-items: center;
      gap: 0.6rem;
      padding: 0.4rem 0.4rem 0.4rem 0.75rem;
      border: 1px solid var(--berth-line);
      border-left-width: 4px;
      border-radius: var(--berth-radius);
      background: var(--berth-raised);
      box-shadow: var(--berth-shadow);
    }
    .toast span {
      flex: 1;
      display: -webkit-box;
      overflow: hidden;
      -webkit-box-orient: vertical;
      -webkit-line-clamp: 6;
    }
    .good {
      border-left-color: var(--berth-good);
    }
    .bad {
      border-left-color: var(--berth-bad);
    }
    .toast .quiet:not(.icon) {
      color: var(--berth-accent);
    }
    @media (max-width: 600px) {
      :host {
        bottom: calc(4.25rem + env(safe-area-inset-bottom));
      }
    }
  `,
})
export class ToastList {
  protected readonly toasts = inject(Toasts);
}
