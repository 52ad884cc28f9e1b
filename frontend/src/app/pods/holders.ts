import { Component, computed, inject, input, resource } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Api } from '../api/api';
import { listServerPods } from '../api/fn/servers/list-server-pods';
import { ServersStore } from '../live/servers-store';
import { formatAmount, type Resource } from '../ui/amount-format';

const MAX_SHOWN = 5;

/** Who holds one resource of a node: the sums at once, the largest pods as soon as they are read. */
@Component({
  selector: 'berth-holders',
  imports: [RouterLink],
  template: `
    @if (sums(); as sums) {
      <p>
        Of {{ sums.all }} on this node, {{ sums.reserved }} {{ sums.isOne ? 'is' : 'are' }} reserved by
        <a routerLink="/pods" [queryParams]="{ server: serverId() }">pods of Berth</a> and {{ sums.foreign }} by other
        pods of the cluster.
      </p>
    }
    @if (pods.hasValue() && top().length > 0) {
      <ul>
        @for (pod of top(); track pod.namespace + '/' + pod.name) {
          <li>
            <span class="amount">{{ amountOf(pod.amounts[resource()]) }}</span>
            @if (pod.podId; as podId) {
              <a [routerLink]="['/pods', podId]">{{ pod.name }}</a>
            } @else {
              <span>{{ pod.namespace }}/{{ pod.name }}</span
              ><span class="muted">&nbsp;(not Berth's)</span>
            }
          </li>
        }
      </ul>
    }
  `,
  styles: `
    ul {
      display: grid;
      gap: 0.15rem;
      margin-top: 0.25rem;
    }
    .amount {
      display: inline-block;
      min-width: 5.5rem;
    }
  `,
})
export class Holders {
  readonly #api = inject(Api);
  readonly #servers = inject(ServersStore);
  readonly serverId = input.required<string>();
  readonly nodeName = input.required<string>();
  readonly resource = input.required<Resource>();

  protected readonly pods = resource({
    params: () => this.serverId(),
    loader: async ({ params: serverId }) => this.#api.invoke(listServerPods, { serverId }),
  });
  protected readonly top = computed(() => {
    const kind = this.resource();
    if (!this.pods.hasValue()) return [];
    return this.pods
      .value()
      .filter(({ nodeName, amounts }) => nodeName === this.nodeName() && amounts[kind] > 0)
      .sort((a, b) => b.amounts[kind] - a.amounts[kind])
      .slice(0, MAX_SHOWN);
  });
  protected readonly sums = computed(() => {
    const node = this.#servers
      .byId()
      .get(this.serverId())
      ?.nodes.find(({ name }) => name === this.nodeName());
    if (!node) return null;
    const kind = this.resource();
    const { allocatable, reserved, foreign } = node.capacity;
    return {
      all: this.amountOf(allocatable[kind]),
      reserved: this.amountOf(reserved[kind]),
      foreign: this.amountOf(foreign[kind]),
      isOne: reserved[kind] === 1,
    };
  });

  protected amountOf(value: number): string {
    return formatAmount(this.resource(), value);
  }
}
