/**
 * Random users, faults and restarts against the real modules in virtual time; after every step the checker looks. One seed, one run.
 * Users do not wait for answers: many calls are in hand when a process is killed, and their callers send them again with the same key.
 */
import { MASTER_FILE } from '../../src/state/data-directory.js';
import { readMaster } from '../../src/state/read-master.js';
import { type Image, ModelFs } from '../durability/model-fs.js';
import { Chance } from './chance.js';
import { Checker, isQuiet, Violation } from './checker.js';
import { DIRECTORY, LATE_MS, Life } from './life.js';
import { Network } from './network.js';
import { SimulatedDisk } from './simulated-disk.js';
import { Site } from './site.js';
import { Users } from './users.js';
import { World } from './world.js';
import { during, pass } from './virtual-time.js';

const NODES = [1, 2, 1];
const MAX_AGE_MS = 30_000;
const QUIET_MS = 240_000;
/** Steps between two looks at whether books and clusters agree. */
const EPISODE = 80;

export class Simulation {
  readonly chance: Chance;
  readonly sites: ReadonlyMap<number, Site>;
  readonly network: Network;
  readonly checker: Checker;
  readonly users: Users;
  readonly world: World;
  readonly counts: Record<string, number> = {};
  /** The last steps, for whoever reads about a failure. */
  readonly steps: string[] = [];
  #life: Life | null = null;
  #image: Image = new Map();
  #lives = 0;

  constructor(readonly seed: number) {
    this.chance = new Chance(seed);
    this.sites = new Map(NODES.map((count, index) => [index + 1, new Site(index + 1, count, this.chance)]));
    this.network = new Network(this.chance, LATE_MS);
    this.checker = new Checker(this.sites, this.network, MAX_AGE_MS);
    this.users = new Users(this.chance, this.checker);
    this.world = new World(this.chance, this.network, [...this.sites.values()]);
  }

  get life(): Life {
    if (!this.#life) throw new Error('Berth does not run');
    return this.#life;
  }

  get lives(): number {
    return this.#lives;
  }

  async start(): Promise<void> {
    const disk = new SimulatedDisk(this.#image, this.chance);
    this.#lives += 1;
    this.#life = await during(Life.start(disk, this.network, this.sites, (state) => this.checker.see(state)));
  }

  /** Runs so many steps, in episodes that end in agreement. */
  async run(steps: number): Promise<void> {
    await this.start();
    for (const seed of this.sites.keys()) this.users.register(this.life, seed);
    await this.#pass(3_000);
    for (let step = 1; step <= steps; step += 1) {
      await this.#step();
      if (step % EPISODE === 0 || step === steps) await this.#agree();
    }
    await during(this.life.stop());
  }

  async #step(): Promise<void> {
    const kind = this.chance.weighted({ user: 60, world: 25, process: 2.5, disk: 2, wait: 10 });
    let what: string = kind;
    if (kind === 'user') what = this.users.act(this.life);
    else if (kind === 'world') what = this.world.act();
    else if (kind === 'process') what = await this.#restart();
    else if (kind === 'disk') what = this.#disturbDisk();
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    this.steps.push(`${new Date().toISOString().slice(11, 23)} ${what}`);
    if (this.steps.length > 60) this.steps.shift();
    await this.#pass(kind === 'wait' ? this.chance.whole(1_000, 8_000) : this.chance.whole(0, 400));
  }

  /** Time passes, and everything is looked at. */
  async #pass(ms: number): Promise<void> {
    await pass(ms);
    this.checker.check();
    if (this.chance.is(0.06)) await this.#checkDisk();
    const wrong = this.users.wrong.shift();
    if (wrong) throw wrong;
  }

  /** Whatever a cut would leave now can be read, and holds all that was acknowledged. */
  async #checkDisk(): Promise<void> {
    const { disk, state } = this.life;
    const { rev: acknowledged } = state.read();
    for (const image of [disk.model.image(), ...disk.model.cuts(1, this.chance.next)]) {
      const { rev } = (await readMaster(ModelFs.from(image), `${DIRECTORY}/${MASTER_FILE}`)).state;
      if (rev < acknowledged) throw new Violation(`a cut would lose revision ${acknowledged}`);
    }
  }

  async #restart(): Promise<string> {
    const how = this.chance.weighted({ kill: 5, 'power cut': 3, stop: 2 });
    const { life } = this;
    if (how === 'stop') {
      life.disk.isFull = false;
      life.disk.stallMs = 0;
      await during(life.stop());
    } else life.kill();
    const { model } = life.disk;
    this.#image = how === 'power cut' ? (model.cuts(1, this.chance.next)[0] ?? model.image()) : model.image();
    this.users.processEnded();
    await pass(this.chance.weighted({ soon: 3, later: 1 }) === 'soon' ? 100 : this.chance.whole(1_000, 60_000));
    this.checker.check();
    await this.start();
    return how;
  }

  #disturbDisk(): string {
    const { disk } = this.life;
    if (disk.isFull || disk.stallMs > 0) {
      disk.isFull = false;
      disk.stallMs = 0;
      return 'disk well again';
    }
    if (this.chance.is(0.5)) disk.isFull = true;
    else disk.stallMs = this.chance.pick([500, 3_000, 8_000]);
    return disk.isFull ? 'disk full' : 'disk stalls';
  }

  /** All faults end; soon nothing is left to do, and everybody says the same. */
  async #agree(): Promise<void> {
    const { life } = this;
    life.disk.isFull = false;
    life.disk.stallMs = 0;
    this.world.heal();
    let isSettled = false;
    for (let passed = 0; passed < QUIET_MS && !isSettled; passed += 2_000) {
      this.users.rest(life);
      await this.#pass(2_000);
      isSettled = isQuiet(life.state.read()) && passed > 16_000 && this.users.inHand === 0;
    }
    if (!isSettled) throw new Violation(`nothing disturbs, and yet it is not settled: ${this.#unsettled()}`);
    // One more list, and no watch is behind.
    await this.#pass(12_000);
    this.checker.checkAgreement(life.state.read());
    await this.users.probe(life);
    this.world.resume();
  }

  #unsettled(): string {
    const { servers, observed } = this.life.state.read();
    const left = Object.values(servers).flatMap(({ server, pods }) => {
      const status = observed[server.id]?.status;
      const open = Object.values(pods).filter(
        ({ reservation: { state } }) => state !== 'Bound' && state !== 'Released',
      );
      return [`${server.name} is ${status?.state}`].concat(open.map((pod) => JSON.stringify(pod.reservation)));
    });
    return `${this.users.inHand} calls in hand; ${left.join('; ')}`;
  }

  /** In one line. */
  get summary(): string {
    const { fates: creates } = this.network;
    return JSON.stringify({ seed: this.seed, lives: this.#lives, ...this.checker.counts, creates, steps: this.counts });
  }
}
