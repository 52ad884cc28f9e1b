import { effect, Injectable, signal } from '@angular/core';

export const THEMES = ['system', 'light', 'dark'] as const;
export type ThemeName = (typeof THEMES)[number];

const KEY = 'berth.theme';

/** Light, dark, or as the system says; remembered in this browser. */
@Injectable({ providedIn: 'root' })
export class Theme {
  readonly #name = signal<ThemeName>(THEMES.find((name) => name === localStorage.getItem(KEY)) ?? 'system');
  readonly name = this.#name.asReadonly();

  constructor() {
    effect(() => {
      const name = this.#name();
      if (name === 'system') delete document.documentElement.dataset['theme'];
      else document.documentElement.dataset['theme'] = name;
    });
  }

  choose(name: ThemeName): void {
    this.#name.set(name);
    localStorage.setItem(KEY, name);
  }

  next(): void {
    this.choose(THEMES[(THEMES.indexOf(this.#name()) + 1) % THEMES.length] ?? 'system');
  }
}
