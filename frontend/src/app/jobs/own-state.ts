import { Component, computed, inject, input } from '@angular/core';
import type { StatusView } from '../api/models/status-view';
import { FleetStore } from '../live/fleet-store';
import { LiveFeed } from '../live/live-feed';
import { ServersStore } from '../live/servers-store';
import { ageWords } from '../ui/age-words';
import { Icon } from '../ui/icon';

/** How Berth itself is doing: its checks, the revision of its state, the events that reach this page. */
@Component({
  selector: 'berth-own-state',
  imports: [Icon],
  template: `
    <dl>
      @for (probe of probes(); track probe.label) {
        <div>
          <dt>{{ probe.label }}</dt>
          <dd>
            <span class="answer" [class.bad]="!probe.isOk">
              <berth-icon [name]="probe.isOk ? 'check' : 'alert'" [size]="14" />{{ probe.words }}
            </span>
            @for (check of probe.failing; track check.name) {
              <span class="why"
                ><code>{{ check.name }}</code> {{ check.words }}</span
              >
            }
            <span class="muted">{{ probe.names }}</span>
          </dd>
        </div>
      }
      <div>
        <dt>State</dt>
        <dd>
          <span>{{ revision() === null ? 'not read yet' : 'Revision ' + revision() }}</span>
          <span class="muted">{{ fleetWords() }}</span>
        </dd>
      </div>
      <div>
        <dt>Events to this page</dt>
        <dd>
          <span>{{ events() }}</span>
          <span class="muted">They keep every page current without a reload.</span>
        </dd>
      </div>
    </dl>
  `,
  styles: `
    dl {
      display: grid;
      grid-template-columns: repeat(auto-fit, minmax(min(100%, 14rem), 1fr));
      gap: 1rem 1.5rem;
      padding: 1rem;
    }
    dt {
      color: var(--berth-muted);
      font-size: 0.8125rem;
    }
    dd {
      display: grid;
      gap: 0.15rem;
    }
    dd > :first-child {
      font-weight: 600;
    }
    .muted {
      font-size: 0.8125rem;
    }
    .answer {
      display: inline-flex;
      gap: 0.35rem;
      align-items: center;
      color: var(--berth-good);
    }
    .answer.bad,
    .why {
      color: var(--berth-bad);
    }
  `,
})
export class OwnState {
  readonly #fleet = inject(FleetStore);
  readonly #servers = inject(ServersStore);
  readonly #feed = inject(LiveFeed);
  readonly ready = input.required<StatusView>();
  readonly live = input.required<StatusView>();

  protected readonly probes = computed(() => [
    probe('Ready for requests', this.ready(), 'Yes', 'No'),
    probe('Alive', this.live(), 'Yes, no job hangs', 'Something hangs: restart Berth'),
  ]);
  protected readonly revision = computed(() => this.#fleet.fleet()?.revision.toLocaleString('en') ?? null);
  protected readonly fleetWords = computed(() => {
    const [servers, pods] = [this.#servers.byId().size, this.#fleet.fleet()?.pods.managed ?? 0];
    return `${servers} ${servers === 1 ? 'server' : 'servers'}, ${pods} ${pods === 1 ? 'pod' : 'pods'}`;
  });
  protected readonly events = computed(() => {
    const freshness = this.#feed.freshness();
    if (freshness.kind === 'live') return 'Live';
    if (freshness.kind === 'starting') return 'Starting';
    if (freshness.ageSeconds === null) return 'Never heard';
    return `Silent for ${ageWords(freshness.ageSeconds)}`;
  });
}

function probe(label: string, { status, checks }: StatusView, good: string, bad: string) {
  const isOk = status === 'ok';
  const all = Object.entries(checks).map(([name, words]) => ({ name, words }));
  const fine = all.filter(({ words }) => words === 'ok').map(({ name }) => name);
  return {
    label,
    isOk,
    words: isOk ? good : bad,
    failing: all.filter(({ words }) => words !== 'ok'),
    names: fine.length > 0 ? `Checked and well: ${fine.join(', ')}` : '',
  };
}
