import { Component, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Age } from '../ui/age';
import { EmptyState } from '../ui/empty-state';
import { Icon } from '../ui/icon';
import { ProblemBox } from '../ui/problem-box';
import { JobPanel } from './job-panel';
import { JobWatch } from './job-watch';
import { OwnState } from './own-state';

/** Some reads were missed. */
const OLD_SECONDS = 30;

/** How Berth itself is doing, and its two jobs: health checks and background refresh. */
@Component({
  selector: 'berth-jobs-page',
  imports: [Age, EmptyState, Icon, JobPanel, OwnState, ProblemBox, RouterLink],
  template: `
    <div class="head">
      <h1>Jobs</h1>
      @if (watch.state(); as state) {
        <span class="muted">as of <berth-age [at]="state.readAt" [oldAfter]="oldSeconds" /></span>
      }
      @if ((watch.state()?.jobs?.health?.loops?.length ?? 0) > 0) {
        <input
          class="field-input"
          type="search"
          data-filter-field
          aria-label="Filter by server or result"
          placeholder="Filter by server or result ( / )"
          autocomplete="off"
          spellcheck="false"
          maxlength="200"
          [value]="text()"
          (input)="type($event)"
        />
      }
    </div>
    @if (watch.problem(); as problem) {
      <berth-problem-box [problem]="problem" [canRetry]="true" (retry)="watch.read()" />
    }
    @if (watch.state(); as state) {
      <section class="panel" aria-label="Berth itself">
        <berth-own-state [ready]="state.ready" [live]="state.live" />
      </section>
      <berth-job-panel job="health" [status]="state.jobs.health" [text]="text()" />
      <berth-job-panel job="refresh" [status]="state.jobs.refresh" [text]="text()" />
      @if (state.jobs.health.loops.length === 0 && state.jobs.refresh.loops.length === 0) {
        <berth-empty-state class="panel" icon="clock" heading="Nothing to look after yet">
          <p>Each server that is added and not paused gets a row in both jobs.</p>
          <a class="button primary" routerLink="/servers/new"><berth-icon name="plus" />Add a server</a>
        </berth-empty-state>
      }
    } @else if (!watch.problem()) {
      <div class="panel ghost" aria-hidden="true"></div>
      <p class="visually-hidden" role="status">Reading the jobs</p>
    }
  `,
  styles: `
    :host {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      gap: 1rem;
      max-width: 90rem;
      margin: 0 auto;
    }
    .head {
      display: flex;
      flex-wrap: wrap;
      gap: 0.5rem 0.75rem;
      align-items: center;
    }
    .head input {
      max-width: 22rem;
      margin-left: auto;
    }
    @media (max-width: 600px) {
      .head input {
        max-width: none;
      }
    }
    .ghost {
      height: 50vh;
      opacity: 0.5;
    }
  `,
  providers: [JobWatch],
})
export class JobsPage {
  protected readonly watch = inject(JobWatch);
  protected readonly text = signal('');
  protected readonly oldSeconds = OLD_SECONDS;

  protected type({ target }: Event): void {
    if (target instanceof HTMLInputElement) this.text.set(target.value);
  }
}
