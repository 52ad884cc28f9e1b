import { Component, computed, input, linkedSignal, output } from '@angular/core';
import type { AmountsDto } from '../api/models/amounts-dto';
import type { Problem } from '../live/problem';
import { formatAmount, formatAmounts, RESOURCE_WORDS } from '../ui/amount-format';
import { Icon } from '../ui/icon';
import { fitting, type Missing, type Spot } from './fit';
import { Holders } from './holders';
import { differing, refusedNodes, type RefusedNode } from './refusal';

/** A way out of the refusal: launch this shape there. */
export interface WayOut {
  readonly amounts: AmountsDto;
  readonly serverId: string | null;
  readonly nodeName: string | null;
}

const MAX_OTHERS = 4;

/** Why there is no room, who holds it, and what would fit, a press each. */
@Component({
  selector: 'berth-refusal-box',
  imports: [Holders, Icon],
  templateUrl: './refusal-box.html',
  styleUrl: './refusal-box.css',
})
export class RefusalBox {
  readonly problem = input.required<Problem>();
  readonly asked = input.required<AmountsDto>();
  /** Of every server. */
  readonly spots = input.required<readonly Spot[]>();
  readonly isBusy = input(false);
  readonly take = output<WayOut>();

  protected readonly nodes = computed(() => refusedNodes(this.problem(), this.asked()));
  /** What each node lacks stands below, in better words than the sentence about the nearest one. */
  protected readonly summary = computed(() =>
    this.nodes().length > 0 ? 'No node has room for this now.' : this.problem().detail,
  );
  protected readonly open = linkedSignal<RefusedNode[], number>({ source: this.nodes, computation: () => 0 });
  protected readonly others = computed(() => fitting(this.asked(), this.spots()).slice(0, MAX_OTHERS));

  protected missingText({ resource, asked, available, missing }: Missing): string {
    const amount = (value: number): string => formatAmount(resource, value);
    return `${RESOURCE_WORDS[resource].label}: ${amount(asked)} asked, ${amount(available)} free, ${amount(missing)} missing`;
  }

  /** "3.5 cores": only what is less than asked. */
  protected smallerText(smaller: AmountsDto): string {
    const nothing = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };
    const changed = Object.fromEntries(differing(smaller, this.asked()).map((each) => [each, smaller[each]]));
    return formatAmounts({ ...nothing, ...changed });
  }

  protected here(node: RefusedNode, amounts: AmountsDto): void {
    this.take.emit({ amounts, serverId: node.serverId, nodeName: node.nodeName });
  }

  protected there({ server, node }: Spot): void {
    this.take.emit({ amounts: this.asked(), serverId: server.id, nodeName: node.name });
  }
}
