import { Component, computed, input } from '@angular/core';
import type { NodeDto } from '../api/models/node-dto';
import { type Resource, RESOURCE_WORDS, RESOURCES } from '../ui/amount-format';
import { CapacityBar } from '../ui/capacity-bar';
import { Icon } from '../ui/icon';

/** The nodes of a server, each with what it offers. A resource that no node has is left out. */
@Component({
  selector: 'berth-node-list',
  imports: [CapacityBar, Icon],
  template: `
    <ul>
      @for (node of nodes(); track node.name) {
        <li>
          <div class="name">
            <h3>{{ node.name }}</h3>
            <p class="muted">{{ node.kubeletVersion }} · {{ node.osImage }} · {{ node.architecture }}</p>
            @if (node.closedReason) {
              <p class="closed"><berth-icon name="alert" [size]="14" />Takes no new pods: {{ node.closedReason }}</p>
            }
          </div>
          @for (resource of resources(); track resource) {
            <div>
              <p class="label muted" aria-hidden="true">
                <berth-icon [name]="words[resource].icon" [size]="14" />{{ words[resource].label }} free
              </p>
              <berth-capacity-bar
                [capacity]="node.capacity"
                [resource]="resource"
                [usage]="node.usage"
                [isDense]="true"
              />
            </div>
          }
        </li>
      }
    </ul>
  `,
  styles: `
    li {
      display: grid;
      grid-template-columns: minmax(11rem, 1.2fr) repeat(auto-fit, minmax(9rem, 1fr));
      gap: 0.75rem 1.25rem;
      align-items: start;
      padding: 0.75rem 1rem;
      content-visibility: auto;
      contain-intrinsic-size: auto 64px;
    }
    li + li {
      border-top: 1px solid var(--berth-line);
    }
    .muted {
      font-size: 0.8125rem;
    }
    .label {
      display: flex;
      gap: 0.35rem;
      align-items: center;
      margin-bottom: 4px;
    }
    .closed {
      display: flex;
      gap: 0.35rem;
      align-items: flex-start;
      color: var(--berth-warn);
      font-weight: 500;
    }
    .closed berth-icon {
      margin-top: 2px;
    }
    @media (max-width: 600px) {
      li {
        grid-template-columns: repeat(2, minmax(0, 1fr));
      }
      .name {
        grid-column: 1 / -1;
      }
    }
  `,
})
export class NodeList {
  readonly nodes = input.required<readonly NodeDto[]>();
  protected readonly words = RESOURCE_WORDS;
  protected readonly resources = computed(() =>
    RESOURCES.filter((resource) => this.nodes().some((node) => hasAny(node, resource))),
  );
}

const hasAny = ({ capacity }: NodeDto, resource: Resource): boolean =>
  capacity.allocatable[resource] > 0 || capacity.allocated[resource] > 0;
