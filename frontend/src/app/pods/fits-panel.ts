import { Component, computed, input, output } from '@angular/core';
import type { AmountsDto } from '../api/models/amounts-dto';
import type { ServerDto } from '../api/models/server-dto';
import { Age } from '../ui/age';
import { formatAmount, formatAmounts, RESOURCE_WORDS } from '../ui/amount-format';
import { Icon } from '../ui/icon';
import { fitting, type Miss, nearMisses, type Spot } from './fit';

const MAX_SHOWN = 8;
const MAX_MISSES = 4;

/** Where the shape would go now, what comes near, and which servers offer nothing and why. */
@Component({
  selector: 'berth-fits-panel',
  imports: [Age, Icon],
  templateUrl: './fits-panel.html',
  styleUrl: './fits-panel.css',
})
export class FitsPanel {
  readonly asked = input.required<AmountsDto>();
  /** Of every server, or of the chosen one. */
  readonly spots = input.required<readonly Spot[]>();
  readonly closed = input.required<readonly { readonly server: ServerDto; readonly reason: string }[]>();
  readonly chosen = input.required<{ readonly serverId: string | null; readonly nodeName: string | null }>();
  readonly choose = output<Spot>();

  readonly #fits = computed(() => fitting(this.asked(), this.spots()));
  protected readonly count = computed(() => this.#fits().length);
  protected readonly shown = computed(() => this.#fits().slice(0, MAX_SHOWN));
  protected readonly rest = computed(() => this.count() - this.shown().length);
  protected readonly nodes = computed(() => this.spots().length);
  protected readonly misses = computed(() => nearMisses(this.asked(), this.spots(), MAX_MISSES));
  protected readonly closedNodes = computed(() =>
    this.spots()
      .filter((spot) => spot.node.closedReason !== null && spot.closedReason === spot.node.closedReason)
      .slice(0, MAX_SHOWN),
  );

  protected readonly closedCount = computed(() => {
    return [...counted(this.closed().length, 'server'), ...counted(this.closedNodes().length, 'node')].join(', ');
  });

  protected isChosen({ server, node }: Spot): boolean {
    const { serverId, nodeName } = this.chosen();
    return server.id === serverId && node.name === nodeName;
  }

  protected room({ available }: Spot): string {
    return formatAmounts(available);
  }

  protected missingWords({ missing }: Miss): string {
    return missing
      .map(
        ({ resource, missing: amount }) =>
          `${formatAmount(resource, amount)} ${resource === 'cpus' || resource === 'gpus' ? '' : RESOURCE_WORDS[resource].label.toLowerCase()}`,
      )
      .map((words) => words.trim())
      .join(', ');
  }
}

const counted = (many: number, what: string): string[] => (many > 0 ? [`${many} ${what}${many === 1 ? '' : 's'}`] : []);
