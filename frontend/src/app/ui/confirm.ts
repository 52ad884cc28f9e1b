import { Injectable, signal } from '@angular/core';

export interface Question {
  readonly title: string;
  /** What will happen, in whole sentences. */
  readonly body: string;
  /** The verb on the button, e.g. "Remove server". */
  readonly action: string;
  /** Marks what cannot be taken back. */
  readonly isDangerous?: boolean;
  /** The user must type this to go on. */
  readonly typeToConfirm?: string;
}

interface Asked extends Question {
  readonly answer: (isYes: boolean) => void;
}

/** `if (await confirm.ask({ … })) …`. One question at a time: a second one answers the first with no. */
@Injectable({ providedIn: 'root' })
export class Confirm {
  readonly #asked = signal<Asked | null>(null);
  readonly asked = this.#asked.asReadonly();

  ask(question: Question): Promise<boolean> {
    this.answer(false);
    return new Promise((resolve) => this.#asked.set({ ...question, answer: resolve }));
  }

  answer(isYes: boolean): void {
    const asked = this.#asked();
    this.#asked.set(null);
    asked?.answer(isYes);
  }
}
