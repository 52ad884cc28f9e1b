import { HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable, signal } from '@angular/core';
import { Clock } from '../live/clock';
import { type Problem, toProblem } from '../live/problem';
import { Session } from '../live/session';
import { browserHost } from '../live/stream-host';
import { type LogState, LogStream, type LogWish } from './log-stream';

/** The log stream of one component, with its state as signals. The lines go to `onLines`, as they come. */
@Injectable()
export class LogSource {
  readonly #clock = inject(Clock);
  readonly #session = inject(Session);
  readonly #state = signal<LogState>({ kind: 'stopped' });
  readonly #problem = signal<Problem | null>(null);

  readonly state = this.#state.asReadonly();
  /** Why there is no log, or no more of it; null while all is well. */
  readonly problem = this.#problem.asReadonly();
  onLines: (lines: readonly { readonly at: string; readonly text: string }[]) => void = () => undefined;

  readonly #stream = new LogStream(
    {
      ...browserHost(() => this.#clock.read()),
      fetch: (url, signal) =>
        fetch(url, { signal, cache: 'no-store', credentials: 'same-origin', headers: { accept: 'text/plain' } }),
    },
    {
      state: (state) => {
        this.#state.set(state);
        if (state.kind === 'open') this.#problem.set(null);
      },
      lines: (lines) => this.onLines(lines),
      refused: (status, body) => this.#refused(status, body),
    },
  );

  start(wish: LogWish): void {
    this.#problem.set(null);
    this.#stream.start(wish);
  }

  stop(): void {
    this.#stream.stop();
  }

  tryNow(): void {
    this.#stream.tryNow();
  }

  #refused(status: number, body: string): boolean {
    if (status === 401) this.#session.lost();
    this.#problem.set(toProblem(new HttpErrorResponse({ status, error: body })));
    return status === 0 || status === 409 || status === 424 || status === 429 || status >= 500;
  }
}
