import { Component, inject } from '@angular/core';
import { SignIn } from './access/sign-in';
import { Session } from './live/session';
import { Shell } from './shell/shell';
import { Theme } from './shell/theme';
import { ProblemBox } from './ui/problem-box';

/** Either the sign-in page, at whatever address was asked for, or the shell with that page in it. */
@Component({
  selector: 'berth-root',
  imports: [ProblemBox, Shell, SignIn],
  template: `
    @switch (session.state()) {
      @case ('signed-in') {
        <berth-shell />
      }
      @case ('signed-out') {
        <berth-sign-in />
      }
      @default {
        @if (session.problem(); as problem) {
          <main><berth-problem-box [problem]="problem" [canRetry]="true" (retry)="check()" /></main>
        }
      }
    }
  `,
  styles: `
    main {
      max-width: 40rem;
      margin: 15vh auto 0;
      padding: 1rem;
    }
  `,
})
export class App {
  protected readonly session = inject(Session);

  constructor() {
    inject(Theme);
    this.check();
  }

  protected check(): void {
    void this.session.check();
  }
}
