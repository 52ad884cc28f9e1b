import { HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable, signal } from '@angular/core';
import { Api } from '../api/api';
import { getSession } from '../api/fn/access/get-session';
import { signIn } from '../api/fn/access/sign-in';
import { signOut } from '../api/fn/access/sign-out';
import { type Problem, toProblem } from './problem';

export type SessionState = 'unknown' | 'signed-in' | 'signed-out';

/** Who is signed in. The token goes to the server once and is kept nowhere: a cookie that scripts cannot read takes its place. */
@Injectable({ providedIn: 'root' })
export class Session {
  readonly #api = inject(Api);
  readonly #state = signal<SessionState>('unknown');
  readonly #problem = signal<Problem | null>(null);

  readonly state = this.#state.asReadonly();
  /** Why it is not known who is signed in; null when it is. */
  readonly problem = this.#problem.asReadonly();

  async check(): Promise<void> {
    this.#problem.set(null);
    try {
      await this.#api.invoke(getSession);
      this.#state.set('signed-in');
    } catch (error) {
      if (error instanceof HttpErrorResponse && error.status === 401) this.#state.set('signed-out');
      else this.#problem.set(toProblem(error));
    }
  }

  /** Null when it worked. */
  async signIn(token: string): Promise<Problem | null> {
    try {
      await this.#api.invoke(signIn, { body: { token } });
      this.#state.set('signed-in');
      return null;
    } catch (error) {
      return toProblem(error);
    }
  }

  /** Null when it worked; else the session is still open. */
  async signOut(): Promise<Problem | null> {
    try {
      await this.#api.invoke(signOut);
      this.#state.set('signed-out');
      return null;
    } catch (error) {
      return toProblem(error);
    }
  }

  /** An answer said that the session is over. */
  lost(): void {
    if (this.#state() === 'signed-in') this.#state.set('signed-out');
  }
}
