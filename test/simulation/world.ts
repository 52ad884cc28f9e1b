/** What happens to clusters and links without Berth having a part in it. */
import { jest } from '@jest/globals';
import type { Chance } from './chance.js';
import type { Network } from './network.js';
import type { Site } from './site.js';

const STEPS = {
  'link cut': 3,
  'link silent': 3,
  'link up': 8,
  storm: 2,
  calm: 3,
  'node shrinks': 2,
  'node grows': 3,
  cordon: 2,
  uncordon: 4,
  'node not ready': 1,
  'node ready': 3,
  'node removed': 1,
  'node added': 2,
  'stranger comes': 8,
  'stranger goes': 9,
  'stranger waits': 2,
  'object taken': 3,
  'history forgotten': 1,
  'clock set forward': 0.5,
} as const;
const MOST_STRANGERS = 8;

export class World {
  readonly #removed = new Map<Site, string[]>();

  constructor(
    private readonly chance: Chance,
    private readonly network: Network,
    private readonly sites: readonly Site[],
  ) {}

  act(): string {
    const what = this.chance.weighted(STEPS);
    this.#do(what, this.chance.pick(this.sites));
    return what;
  }

  #do(what: keyof typeof STEPS, site: Site): void {
    const node = this.chance.maybe(site.nodes);
    const { cluster } = site;
    switch (what) {
      case 'link cut':
        return this.network.setLink(site, 'refused');
      case 'link silent':
        return this.network.setLink(site, 'silent');
      case 'link up':
        return this.network.setLink(site, 'up');
      case 'storm':
      case 'calm':
        this.network.weather = what;
        return undefined;
      case 'node shrinks':
      case 'node grows': {
        const cpuMilli = what === 'node grows' ? 4_000 : this.chance.whole(1, 20) * 100;
        if (node) cluster.setNode({ ...node, allocatable: { ...node.allocatable, cpuMilli } });
        return undefined;
      }
      case 'cordon':
      case 'uncordon':
        return node && cluster.setNode({ ...node, isCordoned: what === 'cordon' });
      case 'node not ready':
      case 'node ready':
        return node && cluster.setNode({ ...node, isReady: what === 'node ready' });
      case 'node removed': {
        if (!node || site.nodes.length < 2) return undefined;
        site.removeNode(node.name);
        return cluster.changes.append({ kind: 'alive' });
      }
      case 'node added':
        return this.#addNode(site);
      case 'stranger comes':
      case 'stranger waits':
        if (site.strangers.length >= MOST_STRANGERS || !node) return undefined;
        return site.addStranger(what === 'stranger waits' ? null : node.name);
      case 'stranger goes': {
        const stranger = this.chance.maybe(site.strangers);
        return stranger && site.strangers.length > 1 ? cluster.removeForeignPod(stranger.uid) : undefined;
      }
      case 'object taken': {
        const id = this.chance.maybe(site.objects);
        return id === undefined ? undefined : site.take(id);
      }
      case 'history forgotten':
        return cluster.changes.forget();
      case 'clock set forward':
        jest.setSystemTime(Date.now() + this.chance.whole(1, 7_200) * 1_000);
        return undefined;
    }
  }

  #addNode(site: Site): void {
    const [model] = site.nodes;
    const count = this.#removed.get(site)?.length ?? 0;
    if (!model || site.nodes.length >= 3) return;
    const name = `added-${count + 1}`;
    this.#removed.set(site, [...(this.#removed.get(site) ?? []), name]);
    site.cluster.setNode({ ...model, name, allocatable: model.capacity, isReady: true, isCordoned: false });
  }

  heal(): void {
    this.network.weather = 'fair';
    for (const site of this.sites) {
      this.network.setLink(site, 'up');
      // A pod that waits for the scheduler for ever is no peace: it weighs on every node.
      for (const pod of site.strangers) if (pod.nodeName === null) site.cluster.removeForeignPod(pod.uid);
    }
  }

  resume(): void {
    this.network.weather = this.chance.is(0.5) ? 'calm' : 'storm';
  }
}
