import { Component, ElementRef, inject, signal, viewChild } from '@angular/core';
import type { Problem } from '../live/problem';
import { Session } from '../live/session';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';

@Component({
  selector: 'berth-sign-in',
  imports: [Icon, ProblemBox],
  templateUrl: './sign-in.html',
  styleUrl: './sign-in.css',
})
export class SignIn {
  readonly #session = inject(Session);
  private readonly field = viewChild.required<ElementRef<HTMLInputElement>>('field');

  protected readonly problem = signal<Problem | null>(null);
  protected readonly isBusy = signal(false);
  protected readonly isShown = signal(false);

  protected async signIn(event: Event): Promise<void> {
    event.preventDefault();
    const field = this.field().nativeElement;
    const token = field.value.trim();
    if (token === '' || this.isBusy()) {
      field.focus();
      return;
    }
    this.isBusy.set(true);
    this.problem.set(null);
    const problem = await this.#session.signIn(token);
    this.isBusy.set(false);
    if (!problem) return;
    this.problem.set(problem.status === 401 ? WRONG_TOKEN : problem);
    field.select();
  }
}

const WRONG_TOKEN: Problem = {
  title: 'This token is not valid',
  detail: 'Berth knows another admin token.',
  hint: 'Check that all of it was copied, from "berth_" to the end. If it is lost, make a new one as described below.',
  code: 'UNAUTHENTICATED',
  status: 401,
  errors: [],
  shortfalls: [],
  details: {},
};
