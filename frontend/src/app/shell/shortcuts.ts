import { Injectable, signal } from '@angular/core';
import { inject } from '@angular/core';
import { Router } from '@angular/router';
import { type Shortcut, ShortcutKeys } from './shortcut-keys';

/** What is on top of the page: nothing, the palette, or the help sheet. */
export type Overlay = 'none' | 'palette' | 'help';

/** The page's filter field carries this attribute, so that `/` finds it. */
const FILTER_FIELD = '[data-filter-field]';

@Injectable({ providedIn: 'root' })
export class Shortcuts {
  readonly #router = inject(Router);
  readonly #keys = new ShortcutKeys();
  readonly overlay = signal<Overlay>('none');

  handle(event: KeyboardEvent): void {
    const shortcut = this.#keys.press({
      key: event.key,
      isModified: event.ctrlKey || event.metaKey || event.altKey,
      isTaken: isTyping(event.target) || document.querySelector('dialog[open]') !== null,
      atMs: event.timeStamp,
    });
    if (!shortcut || event.isComposing || (shortcut === 'palette' && event.altKey)) return;
    event.preventDefault();
    this.#run(shortcut);
  }

  #run(shortcut: Shortcut): void {
    if (shortcut === 'palette') this.overlay.update((overlay) => (overlay === 'palette' ? 'none' : 'palette'));
    else if (shortcut === 'help') this.overlay.set('help');
    else if (shortcut === 'filter') this.#toFilter();
    else void this.#router.navigateByUrl(PATHS[shortcut]);
  }

  #toFilter(): void {
    const field = document.querySelector<HTMLElement>(FILTER_FIELD);
    if (field) field.focus();
    else this.overlay.set('palette');
  }
}

const PATHS = {
  fleet: '/fleet',
  pods: '/pods',
  launch: '/launch',
  jobs: '/jobs',
  'add-server': '/servers/new',
} as const;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches('input:not([type=checkbox], [type=radio], [type=range]), textarea, select')
  );
}
