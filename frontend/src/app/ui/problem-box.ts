import { Component, input, output } from '@angular/core';
import type { Problem } from '../live/problem';
import { Icon } from './icon';

/** What went wrong and what to do. Announced when it appears. Content projected into it stands below the hint. */
@Component({
  selector: 'berth-problem-box',
  imports: [Icon],
  template: `
    <div class="box" role="alert">
      <berth-icon name="alert" [size]="18" />
      <div class="words">
        <p class="title">{{ problem().title }}</p>
        <p>{{ problem().detail }}</p>
        @if (problem().errors.length > 0) {
          <ul>
            @for (error of problem().errors; track $index) {
              <li>
                <code>{{ error.field }}</code>: {{ error.message }}
              </li>
            }
          </ul>
        }
        @if (problem().hint) {
          <p class="hint">{{ problem().hint }}</p>
        }
        <ng-content />
        <p class="code">{{ problem().code }}</p>
      </div>
      @if (canRetry()) {
        <button type="button" class="button" (click)="retry.emit()"><berth-icon name="refresh" />Try again</button>
      }
    </div>
  `,
  styles: `
    .box {
      display: flex;
      flex-wrap: wrap;
      gap: 0.75rem;
      align-items: flex-start;
      padding: 0.75rem 1rem;
      border: 1px solid var(--berth-bad);
      border-radius: var(--berth-radius);
      background: var(--berth-bad-soft);
    }
    berth-icon {
      margin-top: 1px;
    }
    .box > berth-icon {
      color: var(--berth-bad);
    }
    .words {
      flex: 1 1 10rem;
      display: grid;
      gap: 0.25rem;
      min-width: 0;
    }
    .title {
      font-weight: 600;
    }
    ul {
      list-style: disc;
      padding-left: 1.2rem;
    }
    .hint {
      font-weight: 500;
    }
    .code {
      font-family: var(--berth-mono);
      font-size: 0.75rem;
      color: var(--berth-muted);
    }
  `,
})
export class ProblemBox {
  readonly problem = input.required<Problem>();
  /** Shows "Try again", which emits `retry`. */
  readonly canRetry = input(false);
  readonly retry = output();
}
