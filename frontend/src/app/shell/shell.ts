import { afterNextRender, Component, computed, inject, Injector } from '@angular/core';
import { NavigationEnd, Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';
import { LiveFeed } from '../live/live-feed';
import { Session } from '../live/session';
import { ConfirmDialog } from '../ui/confirm-dialog';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import { ToastList } from '../ui/toast-list';
import { Toasts } from '../ui/toasts';
import { FreshnessBanner } from './freshness-banner';
import { HelpSheet } from './help-sheet';
import { NAV_ITEMS } from './nav-items';
import { Palette } from './palette';
import { Shortcuts } from './shortcuts';
import { Theme, type ThemeName } from './theme';

const THEME_ICONS: Readonly<Record<ThemeName, IconName>> = { system: 'monitor', light: 'sun', dark: 'moon' };

/** The frame around every page: bar, navigation, freshness, overlays. */
@Component({
  selector: 'berth-shell',
  imports: [
    ConfirmDialog,
    FreshnessBanner,
    HelpSheet,
    Icon,
    Palette,
    RouterLink,
    RouterLinkActive,
    RouterOutlet,
    ToastList,
  ],
  templateUrl: './shell.html',
  styleUrl: './shell.css',
  host: { '(document:keydown)': 'shortcuts.handle($event)' },
})
export class Shell {
  readonly #session = inject(Session);
  readonly #toasts = inject(Toasts);
  protected readonly shortcuts = inject(Shortcuts);
  protected readonly theme = inject(Theme);
  protected readonly navItems = NAV_ITEMS;
  protected readonly themeIcon = computed(() => THEME_ICONS[this.theme.name()]);
  protected readonly themeLabel = computed(() => `Theme: ${this.theme.name()}. Change it`);
  protected readonly isMac = /Mac|iPhone|iPad/.test(navigator.platform);

  constructor() {
    inject(LiveFeed);
    this.#focusHeadings();
  }

  protected async signOut(): Promise<void> {
    const problem = await this.#session.signOut();
    if (problem) this.#toasts.show(`Not signed out. ${problem.detail} ${problem.hint}`, { tone: 'bad' });
  }

  protected chosen(action: string): void {
    if (action === 'action-theme') this.theme.next();
    else if (action === 'action-help') this.shortcuts.overlay.set('help');
    else if (action === 'action-sign-out') void this.signOut();
  }

  /** A new page begins at its heading for the keyboard and for screen readers; the first page of a visit is left alone. */
  #focusHeadings(): void {
    const injector = inject(Injector);
    const router = inject(Router);
    let path = router.navigated ? pathOf(router.url) : null;
    router.events.subscribe((event) => {
      if (!(event instanceof NavigationEnd)) return;
      const before = path;
      path = pathOf(event.urlAfterRedirects);
      if (before !== null && before !== path) afterNextRender(() => focusHeading(), { injector });
    });
  }
}

const pathOf = (url: string): string => url.split(/[?#]/)[0] ?? '';

/** A drawer beside a page takes the focus itself. */
function focusHeading(): void {
  if (document.activeElement?.closest('[data-drawer]')) return;
  const heading = document.querySelector<HTMLElement>('main h1');
  heading?.setAttribute('tabindex', '-1');
  heading?.focus({ preventScroll: true });
}
