import { Component, computed, inject } from '@angular/core';
import { LiveFeed } from '../live/live-feed';
import { ageWords } from '../ui/age-words';
import { Icon } from '../ui/icon';

/** How fresh this page is. Only a change of kind is read out, not each second. */
@Component({
  selector: 'berth-freshness-banner',
  imports: [Icon],
  template: `
    <span class="visually-hidden" role="status">{{ announced() }}</span>
    <span class="state" [class]="freshness().kind" [attr.title]="title()">
      @switch (freshness().kind) {
        @case ('live') {
          <span class="dot"></span>Live
        }
        @case ('stale') {
          <berth-icon name="clock" [size]="14" />{{ asOf() }}
        }
        @case ('reconnecting') {
          <berth-icon name="offline" [size]="14" /><span class="long">{{ asOf() }} · </span>{{ trying() }}
        }
        @default {
          <berth-icon name="spinner" class="spin" [size]="14" />Loading
        }
      }
    </span>
    @if (freshness().kind === 'reconnecting') {
      <button type="button" class="button quiet" (click)="feed.tryNow()">Try now</button>
    }
  `,
  styles: `
    :host {
      display: inline-flex;
      align-items: center;
      gap: 0.25rem;
      min-width: 4.75rem;
      white-space: nowrap;
      font-size: 0.8125rem;
    }
    .state {
      display: inline-flex;
      align-items: center;
      gap: 0.4rem;
      color: var(--berth-muted);
    }
    .state.stale,
    .state.reconnecting {
      color: var(--berth-warn);
      font-weight: 500;
    }
    .dot {
      width: 8px;
      height: 8px;
      border-radius: 50%;
      background: var(--berth-good);
    }
    .button {
      min-height: 28px;
      padding: 0 0.5rem;
      color: var(--berth-accent);
    }
    @media (max-width: 900px) {
      .long {
        display: none;
      }
    }
    /* A phone has no room in the bar for more than "Live". */
    @media (max-width: 600px) {
      :host(.doubtful) {
        position: fixed;
        right: 0;
        bottom: calc(56px + env(safe-area-inset-bottom));
        left: 0;
        justify-content: center;
        min-height: 32px;
        border-top: 1px solid var(--berth-line);
        background: var(--berth-warn-soft);
      }
      .long {
        display: inline;
      }
    }
  `,
  host: { '[class.doubtful]': "freshness().kind === 'stale' || freshness().kind === 'reconnecting'" },
})
export class FreshnessBanner {
  protected readonly feed = inject(LiveFeed);
  protected readonly freshness = this.feed.freshness;

  protected readonly asOf = computed(() => {
    const freshness = this.freshness();
    if (freshness.kind !== 'stale' && freshness.kind !== 'reconnecting') return '';
    if (freshness.ageSeconds === null) return 'Nothing heard yet';
    return freshness.ageSeconds < 1 ? 'As of now' : `As of ${ageWords(freshness.ageSeconds)} ago`;
  });
  protected readonly trying = computed(() => {
    const freshness = this.freshness();
    if (freshness.kind !== 'reconnecting') return '';
    const when = freshness.retryInSeconds === null ? 'trying' : `next try in ${freshness.retryInSeconds} s`;
    return `reconnecting, ${when}`;
  });
  protected readonly title = computed(() => {
    const freshness = this.freshness();
    if (freshness.kind === 'live') return 'Changes are shown as they happen.';
    if (freshness.kind === 'reconnecting')
      return `Berth does not answer. Attempt ${freshness.attempt}. What you see may be old.`;
    return 'What you see may be old.';
  });
  protected readonly announced = computed(() => {
    switch (this.freshness().kind) {
      case 'live':
        return 'Live';
      case 'reconnecting':
        return 'Connection to Berth lost, reconnecting';
      case 'stale':
        return 'No news from Berth for a while';
      case 'starting':
        return '';
    }
  });
}
