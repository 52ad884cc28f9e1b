/** People who do things, impatiently: they do not wait, and when nobody answers they send the same again. */
import { BerthError } from '../../src/domain/errors.js';
import type { PodRecord } from '../../src/domain/pod.js';
import { RESOURCE_KINDS, resources, type ResourceVector } from '../../src/domain/resources.js';
import type { LaunchRequest } from '../../src/pods/pod-manager.js';
import type { Request } from '../../src/servers/server-request.js';
import type { Chance } from './chance.js';
import { type Checker, takenOn, Violation } from './checker.js';
import type { Life } from './life.js';
import { during } from './virtual-time.js';

const STEPS = {
  launch: 45,
  again: 12,
  remove: 30,
  cancel: 5,
  release: 4,
  pause: 2,
  resume: 5,
  reconnect: 2,
  'remove server': 1.5,
  register: 3,
} as const;

/** Refusals that a user must live with. */
const EXPECTED: ReadonlySet<string> = new Set([
  'INSUFFICIENT_RESOURCES',
  'SERVER_NOT_READY',
  'SERVER_NOT_FOUND',
  'SERVER_NAME_TAKEN',
  'SERVER_ALREADY_REGISTERED',
  'SERVER_HAS_PODS',
  'POD_NOT_FOUND',
  'POD_NOT_CANCELLABLE',
  'POD_NOT_RELEASABLE',
  'STATE_UNWRITABLE',
  'STATE_BUSY',
  'SHUTTING_DOWN',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'CONNECTION_LOST',
  'KUBERNETES_UNAVAILABLE',
  'KUBERNETES_REFUSED',
  'CLOSED',
]);

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

/** A call that may be sent again, whole. */
type Resend = (life: Life) => void;

const MEMORY = 40;

export class Users {
  /** Calls of which nobody has heard yet. */
  inHand = 0;
  /** What no user should ever see. */
  readonly wrong: Error[] = [];
  readonly #resends: Resend[] = [];
  #count = 0;
  #index = 0;
  #life = 0;

  constructor(
    private readonly chance: Chance,
    private readonly checker: Checker,
  ) {}

  /** Nobody will hear of what was in hand. */
  processEnded(): void {
    this.#life += 1;
    this.inHand = 0;
  }

  act(life: Life): string {
    const what = this.chance.weighted(STEPS);
    this.#do(what, life);
    return what;
  }

  #do(what: keyof typeof STEPS, life: Life): void {
    const server = this.chance.maybe(Object.values(life.state.read().servers))?.server;
    switch (what) {
      case 'launch': {
        const burst = this.chance.is(0.2) ? this.chance.whole(2, 12) : 1;
        for (let each = 0; each < burst; each += 1) this.#launch(life);
        return;
      }
      case 'again':
        return this.chance.maybe(this.#resends)?.(life);
      case 'remove':
      case 'cancel':
      case 'release':
        return this.#giveUp(life, what);
      case 'pause':
        return server && this.#ask(() => life.servers.pause(server.id, this.#plain));
      case 'resume':
        return server && this.#ask(() => life.servers.resume(server.id, this.#plain));
      case 'reconnect':
        return server && this.#ask(() => life.servers.reconnect(server.id, this.#plain));
      case 'remove server': {
        if (!server) return undefined;
        const how = this.chance.weighted({ refuse: 3, delete: 3, keep: 1 });
        // "keep" is an order that stands; a milder one does not take it back.
        if (this.checker.removals.get(server.id) !== 'keep') this.checker.removals.set(server.id, how);
        return this.#ask(() => life.servers.remove(server.id, how, this.#plain));
      }
      case 'register':
        return this.register(life, this.chance.whole(1, 3));
    }
  }

  readonly #plain: Request = { actor: 'ann', once: undefined };

  #keyed(key: string): Request {
    return { actor: 'ann', once: { key, fingerprint: key } };
  }

  /** Sends, and hears the answer if the process lives so long. */
  #ask<T>(call: () => Promise<T>, then: (answer: T) => void = () => undefined): void {
    const born = this.#life;
    this.inHand += 1;
    const heard = (): boolean => {
      if (born !== this.#life) return false;
      this.inHand -= 1;
      return true;
    };
    const send = async (): Promise<void> => {
      try {
        const answer = await call();
        if (heard()) then(answer);
      } catch (error) {
        if (error instanceof Violation) this.wrong.push(error);
        else if (heard() && !(error instanceof BerthError && EXPECTED.has(error.code))) this.wrong.push(asError(error));
      }
    };
    void send();
  }

  #remember(resend: Resend): void {
    this.#resends.push(resend);
    if (this.#resends.length > MEMORY) this.#resends.shift();
  }

  #launch(life: Life): void {
    const { chance } = this;
    this.#count += 1;
    const kind = chance.weighted({ web: 20, slow: 2, sticky: 2, missing: 1 });
    const image = `registry.test/${kind}-${this.#count}:1`;
    const server = chance.is(0.5) ? chance.maybe(Object.values(life.state.read().servers))?.server : undefined;
    const asked = this.#asked(image, server?.id ?? null, {
      cpuMilli: chance.whole(1, 14) * 125,
      memoryBytes: chance.whole(1, 20) * 1e8,
      storageBytes: chance.is(0.3) ? chance.whole(1, 30) * 1e9 : 0,
      gpuCount: chance.is(0.1) ? 1 : 0,
    });
    this.checker.launches.set(image, { image, attempts: [], podId: null });
    const request = chance.is(0.7) ? this.#keyed(`k${this.#count}`) : this.#plain;
    const send = (into: Life): void => this.#sendLaunch(into, asked, request);
    if (request.once) this.#remember(send);
    send(life);
    // Impatient: twice at once.
    if (request.once && chance.is(0.1)) send(life);
  }

  #asked(image: string, serverId: string | null, amounts: Partial<ResourceVector>): LaunchRequest {
    return {
      name: null,
      serverId,
      nodeName: null,
      amounts: resources({ ...amounts, podCount: 1 }),
      spec: { image, command: [], args: [], env: [], ports: [], runAsNonRoot: false },
    };
  }

  #sendLaunch(life: Life, asked: LaunchRequest, request: Request): void {
    const { image } = asked.spec;
    const call = this.checker.launches.get(image);
    call?.attempts.push({ observed: life.state.read().observed, at: Date.now(), index: (this.#index += 1) });
    this.#ask(
      () => life.pods.launch(asked, request),
      ({ pod }) => {
        this.checker.acknowledge(image, pod.id);
        // Some change their minds at once, while nobody knows yet what became of the create.
        const delayMs = this.chance.whole(0, 3_000);
        if (this.chance.is(0.2)) setTimeout(() => this.#changeMind(life, pod.id), delayMs);
      },
    );
  }

  #changeMind(life: Life, podId: string): void {
    if (life.isDead) return;
    this.checker.givenUp.add(podId);
    this.#ask(() => life.pods.remove(podId, this.#plain));
  }

  #openPod(life: Life): PodRecord | undefined {
    const pods = Object.values(life.state.read().servers).flatMap((entry) => Object.values(entry.pods));
    return this.chance.maybe(pods.filter(({ reservation }) => reservation.state !== 'Released'));
  }

  #giveUp(life: Life, what: 'remove' | 'cancel' | 'release'): void {
    const pod = this.#openPod(life);
    if (!pod) return;
    if (what === 'release') {
      const state = life.state.read().observed[pod.serverId]?.status.state;
      // Only then it may work.
      if (state !== 'Online' && state !== 'Degraded') this.checker.forced.add(pod.id);
      return this.#ask(() => life.pods.release(pod.id, 'the simulation says so', this.#plain));
    }
    this.#count += 1;
    const request = this.chance.is(0.6) ? this.#keyed(`k${this.#count}`) : this.#plain;
    const send = (into: Life): void => {
      this.checker.givenUp.add(pod.id);
      this.#ask(() => into.pods[what](pod.id, request));
    };
    if (request.once) this.#remember(send);
    send(life);
  }

  register(life: Life, seed: number): void {
    const dto = { name: `site-${seed}-${(this.#count += 1)}`, sandbox: { seed } };
    this.#ask(() => life.registrar.register(dto, this.#plain));
  }

  /** Nobody starts anything more, and nothing stays paused. */
  rest(life: Life): void {
    this.#resends.length = 0;
    const entries = Object.values(life.state.read().servers);
    for (const { server } of entries) {
      if (server.isPaused) this.#ask(() => life.servers.resume(server.id, this.#plain));
    }
  }

  /** Of what is free exactly that much can be had, and not a thousandth of a core more. */
  async probe(life: Life): Promise<void> {
    const { servers, observed } = life.state.read();
    for (const seed of [1, 2, 3]) {
      const isThere = Object.values(servers).some(
        ({ server }) => server.connection.kind === 'sandbox' && server.connection.seed === seed,
      );
      if (!isThere) this.register(life, seed);
    }
    for (const entry of Object.values(servers)) {
      const picture = observed[entry.server.id]?.resources;
      const node = picture && Object.values(picture.nodes).find((each) => each.isReady && !each.isCordoned);
      if (!picture || !node) continue;
      const left = Object.fromEntries(
        RESOURCE_KINDS.map((kind) => [kind, node.allocatable[kind] - takenOn(entry, picture, node.name, kind)]),
      ) as Record<string, number>;
      const { cpuMilli = 0, memoryBytes = 0, storageBytes = 0 } = left;
      if (cpuMilli < 1 || memoryBytes < 1 || storageBytes < 0) continue;
      const more = await this.#probe(life, entry.server.id, node.name, { cpuMilli: cpuMilli + 1, memoryBytes });
      const all = await this.#probe(life, entry.server.id, node.name, { cpuMilli, memoryBytes });
      if (more !== 'INSUFFICIENT_RESOURCES' || all !== 'ok')
        throw new Violation(`${entry.server.name}/${node.name} has ${cpuMilli} left: all: ${all}, more: ${more}`);
    }
  }

  async #probe(life: Life, serverId: string, nodeName: string, amounts: Partial<ResourceVector>): Promise<string> {
    this.#count += 1;
    const image = `registry.test/web-${this.#count}:1`;
    const attempts = [{ observed: life.state.read().observed, at: Date.now(), index: (this.#index += 1) }];
    this.checker.launches.set(image, { image, attempts, podId: null });
    try {
      const { pod } = await during(
        life.pods.launch({ ...this.#asked(image, serverId, amounts), nodeName }, this.#plain),
      );
      this.checker.acknowledge(image, pod.id);
      // The room is needed for what comes next.
      this.checker.givenUp.add(pod.id);
      this.#ask(() => life.pods.remove(pod.id, this.#plain));
      return 'ok';
    } catch (error) {
      return error instanceof BerthError ? error.code : String(error);
    }
  }
}
