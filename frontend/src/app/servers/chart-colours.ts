import { effect, inject, Injectable, signal } from '@angular/core';
import { Theme } from '../shell/theme';
import type { ChartColours } from './chart-options';

/** The colours of the theme as plain values; they follow the theme. */
@Injectable({ providedIn: 'root' })
export class ThemeColours {
  readonly #colours = signal(read());
  readonly colours = this.#colours.asReadonly();

  constructor() {
    const theme = inject(Theme);
    const again = (): void => this.#colours.set(read());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
    effect(() => {
      theme.name();
      // The theme's own effect sets the attribute first, or in the same frame.
      requestAnimationFrame(again);
    });
  }
}

function read(): ChartColours {
  const probe = document.createElement('span');
  // Else a colour that is on its way from the one before would be read.
  probe.style.transitionProperty = 'none';
  document.body.append(probe);
  const of = (name: string): string => {
    probe.style.color = `var(--berth-${name})`;
    return getComputedStyle(probe).color;
  };
  const colours = {
    text: of('text'),
    muted: of('muted'),
    line: of('line'),
    raised: of('raised'),
    accent: of('accent'),
    hatch: of('hatch'),
  };
  probe.remove();
  return colours;
}
