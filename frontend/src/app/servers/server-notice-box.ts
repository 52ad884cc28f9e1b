import { Component, computed, input } from '@angular/core';
import type { ServerDto } from '../api/models/server-dto';
import { Age } from '../ui/age';
import { Icon } from '../ui/icon';
import { statusWords } from '../ui/status-words';
import { noticeOf } from './server-notice';

/** Explains a state that is not simply fine. What is projected stands below: what can be done about it. */
@Component({
  selector: 'berth-server-notice-box',
  host: { '[hidden]': 'notice() === null' },
  imports: [Age, Icon],
  template: `
    @if (notice(); as notice) {
      <section class="box" [class]="notice.tone" aria-labelledby="notice-heading">
        <berth-icon [name]="icon()" [size]="18" />
        <div class="words">
          <h2 id="notice-heading">{{ notice.heading }}</h2>
          @for (line of notice.lines; track line) {
            <p>{{ line }}</p>
          }
          <p class="muted">
            Since <berth-age [at]="server().since" />.
            @if (server().code) {
              <code>{{ server().code }}</code>
            }
          </p>
          <ng-content />
        </div>
      </section>
    }
  `,
  styles: `
    .box {
      display: flex;
      gap: 0.75rem;
      padding: 0.75rem 1rem;
      border: 1px solid var(--berth-line);
      border-radius: var(--berth-radius);
      background: var(--berth-surface);
    }
    berth-icon {
      margin-top: 2px;
    }
    .words {
      display: grid;
      grid-template-columns: minmax(0, 1fr);
      flex: 1;
      gap: 0.35rem;
      min-width: 0;
      max-width: 60rem;
    }
    .bad {
      border-color: var(--berth-bad);
      background: var(--berth-bad-soft);
    }
    .bad > berth-icon {
      color: var(--berth-bad);
    }
    .warn {
      border-color: var(--berth-warn);
      background: var(--berth-warn-soft);
    }
    .warn > berth-icon {
      color: var(--berth-warn);
    }
    .busy {
      border-color: var(--berth-accent);
      background: var(--berth-accent-soft);
    }
    .bad .muted,
    .warn .muted,
    .busy .muted {
      color: var(--berth-text);
    }
  `,
})
export class ServerNoticeBox {
  readonly server = input.required<ServerDto>();
  protected readonly notice = computed(() => noticeOf(this.server()));
  protected readonly icon = computed(() => {
    const tone = this.notice()?.tone;
    if (tone === 'bad' || tone === 'warn') return 'alert';
    return statusWords(this.server().isRemoving ? 'Removing' : this.server().state).icon;
  });
}
