import { Component, input } from '@angular/core';
import { Icon } from '../ui/icon';
import type { IconName } from '../ui/icons';
import type { TrialResult, TrialRow } from './trial-rows';

const LOOKS: Readonly<Record<TrialResult, { readonly icon: IconName; readonly word: string }>> = {
  waiting: { icon: 'circle', word: 'waiting' },
  running: { icon: 'spinner', word: 'trying' },
  pass: { icon: 'check', word: 'passed' },
  warn: { icon: 'alert', word: 'warning' },
  fail: { icon: 'close', word: 'failed' },
  skipped: { icon: 'circle', word: 'not tried' },
};

/** The steps of a look at a connection. What is projected stands below them. */
@Component({
  selector: 'berth-trial-list',
  imports: [Icon],
  template: `
    <ol>
      @for (row of rows(); track row.id) {
        <li [class]="row.result">
          <berth-icon [name]="looks[row.result].icon" [class.spin]="row.result === 'running'" />
          <span class="label">{{ row.label }}</span>
          <span class="word">{{ looks[row.result].word }}</span>
          @if (row.latencyMs !== null) {
            <span class="latency">{{ row.latencyMs }} ms</span>
          }
          @if (row.note) {
            <span class="note">{{ row.note }}</span>
          }
        </li>
      }
    </ol>
  `,
  styles: `
    ol {
      display: grid;
    }
    li {
      display: grid;
      grid-template-columns: 20px minmax(0, 1fr) auto 4.5rem;
      align-items: center;
      gap: 0.1rem 0.6rem;
      min-height: 36px;
      padding: 0.35rem 0;
    }
    li + li {
      border-top: 1px solid var(--berth-line);
    }
    .label {
      font-weight: 500;
    }
    .word {
      font-size: 0.8125rem;
    }
    .latency {
      text-align: right;
      color: var(--berth-muted);
      font-size: 0.8125rem;
    }
    .note {
      grid-column: 2 / -1;
      color: var(--berth-muted);
      font-size: 0.8125rem;
    }
    .waiting,
    .skipped {
      color: var(--berth-muted);
    }
    .pass > berth-icon,
    .pass > .word {
      color: var(--berth-good);
    }
    .warn > berth-icon,
    .warn > .word {
      color: var(--berth-warn);
    }
    .warn > .note {
      color: var(--berth-text);
    }
    .fail > berth-icon,
    .fail > .word {
      color: var(--berth-bad);
      font-weight: 600;
    }
    .running > berth-icon,
    .running > .word {
      color: var(--berth-accent);
    }
  `,
})
export class TrialList {
  readonly rows = input.required<readonly TrialRow[]>();
  protected readonly looks = LOOKS;
}
