import { Injectable, signal } from '@angular/core';

export interface ToastAction {
  readonly label: string;
  readonly run: () => void;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'calm' | 'good' | 'bad';
  readonly action: ToastAction | null;
}

const SHOWN_MS = 6_000;
/** Time to read and to reach for the button. */
const SHOWN_WITH_ACTION_MS = 10_000;
const MAX_SHOWN = 4;

/** Short news at the edge of the page. Offer an action such as "Undo" only when it really undoes. Bad news stays until it is closed. */
@Injectable({ providedIn: 'root' })
export class Toasts {
  readonly #shown = signal<readonly Toast[]>([]);
  #lastId = 0;
  readonly shown = this.#shown.asReadonly();

  show(text: string, { tone = 'calm', action = null }: Partial<Pick<Toast, 'tone' | 'action'>> = {}): void {
    const toast: Toast = { id: (this.#lastId += 1), text, tone, action };
    this.#shown.update((shown) => [...shown, toast].slice(-MAX_SHOWN));
    if (tone === 'bad') return;
    setTimeout(() => this.close(toast.id), action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  }

  close(id: number): void {
    this.#shown.update((shown) => shown.filter((toast) => toast.id !== id));
  }

  act(toast: Toast): void {
    this.close(toast.id);
    toast.action?.run();
  }
}
