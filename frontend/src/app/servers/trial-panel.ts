import { Component, computed, inject, input } from '@angular/core';
import { Clock } from '../live/clock';
import { CommandLine } from '../ui/command-line';
import { ProblemBox } from '../ui/problem-box';
import { curesOf } from './cures';
import type { ServerDraft } from './server-draft';
import { TrialList } from './trial-list';
import { trialRows, type TrialState } from './trial-rows';

/** A look at a connection while it happens, and what to do when it fails. */
@Component({
  selector: 'berth-trial-panel',
  imports: [CommandLine, ProblemBox, TrialList],
  template: `
    <p role="status">{{ summary() }}</p>
    <berth-trial-list [rows]="rows()" />
    @if (problem(); as problem) {
      <berth-problem-box [problem]="problem">
        @for (cure of cures(); track cure.command) {
          <p class="cure">{{ cure.words }} <berth-command-line [command]="cure.command" /></p>
        }
        @if (tried().length > 0) {
          <details>
            <summary>Where Berth looked</summary>
            <ul>
              @for (each of tried(); track each) {
                <li>
                  <code>{{ each }}</code>
                </li>
              }
            </ul>
          </details>
        }
      </berth-problem-box>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 1rem;
    }
    .cure {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      justify-items: start;
      gap: 0.25rem;
    }
    summary {
      min-height: 24px;
      cursor: pointer;
    }
  `,
})
export class TrialPanel {
  readonly #clock = inject(Clock);
  readonly draft = input.required<Pick<ServerDraft, 'way' | 'username'>>();
  readonly state = input.required<TrialState>();
  /** The server is registered: nothing is left to be done when it works. */
  readonly isRegistered = input(false);

  protected readonly rows = computed(() => trialRows(this.draft().way, this.state(), this.#clock.read()));
  protected readonly problem = computed(() => {
    const state = this.state();
    return state.kind === 'failed' ? state.problem : null;
  });
  protected readonly cures = computed(() => {
    const { way, username } = this.draft();
    return way === 'ssh' ? curesOf(this.problem()?.code ?? '', username.trim()) : [];
  });
  /** Berth names the places where it looked for a kubeconfig. */
  protected readonly tried = computed(() => {
    const tried = this.problem()?.details['tried'];
    return Array.isArray(tried) ? tried.filter((each) => typeof each === 'string') : [];
  });
  protected readonly summary = computed(() => {
    switch (this.state().kind) {
      case 'idle':
        return '';
      case 'running':
        return this.isRegistered() ? 'Looking.' : 'Trying it. This takes a few seconds; nothing is kept yet.';
      case 'passed':
        return this.isRegistered() ? 'It works.' : 'It works. Nothing is kept yet: give it a name to add it.';
      case 'failed':
        return this.isRegistered() ? 'It does not work now.' : 'It does not work yet.';
    }
  });
}
