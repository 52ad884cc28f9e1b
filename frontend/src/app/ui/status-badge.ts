import { Component, computed, input } from '@angular/core';
import { Icon } from './icon';
import { statusWords } from './status-words';

/** The state of a server or a pod as a coloured word with a drawing. */
@Component({
  selector: 'berth-status-badge',
  imports: [Icon],
  template: `<span class="badge" [class]="words().tone" [attr.title]="reason() || null">
    <berth-icon [name]="words().icon" [size]="13" [class.spin]="words().icon === 'spinner'" /><span class="word">{{
      words().label
    }}</span>
  </span>`,
  styles: `
    :host {
      display: inline-flex;
      min-width: 0;
      max-width: 100%;
    }
    .badge {
      display: inline-flex;
      align-items: center;
      gap: 0.3rem;
      min-width: 0;
      height: 22px;
      padding: 0 0.5rem 0 0.4rem;
      border-radius: 6px;
      font-size: 0.75rem;
      font-weight: 600;
      white-space: nowrap;
    }
    .word {
      overflow: hidden;
      text-overflow: ellipsis;
    }
    .good {
      background: var(--berth-good-soft);
      color: var(--berth-good);
    }
    .warn {
      background: var(--berth-warn-soft);
      color: var(--berth-warn);
    }
    .bad {
      background: var(--berth-bad-soft);
      color: var(--berth-bad);
    }
    .busy {
      background: var(--berth-accent-soft);
      color: var(--berth-accent);
    }
    .calm {
      background: var(--berth-sunken);
      color: var(--berth-muted);
    }
  `,
})
export class StatusBadge {
  /** ServerState, PodState, or any other word. */
  readonly state = input.required<string>();
  /** Shown as a tooltip; say it in words beside the badge too. */
  readonly reason = input('');

  protected readonly words = computed(() => statusWords(this.state()));
}
