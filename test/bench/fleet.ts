/** Pretend Kubernetes clusters in a process of their own, so that their work does not delay whoever measures. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ClusterFacts, FleetCommands } from './fleet-process.js';

type Name = keyof FleetCommands;
export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export class Fleet {
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #count = 0;

  private constructor(private readonly process: ChildProcess) {
    process.on('message', ({ id, value, error }: Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    process.once('exit', () => {
      for (const each of this.#waiting.values()) each.reject(new Error('the pretend clusters ended'));
    });
  }

  static start(): Fleet {
    return new Fleet(fork(fileURLToPath(new URL('run.mjs', import.meta.url)), ['fleet-process.ts']));
  }

  /** Starts `count` clusters of two nodes. */
  async clusters(count: number): Promise<readonly ClusterFacts[]> {
    return (await this.#tell('clusters', count)) as readonly ClusterFacts[];
  }

  /** From now on, connections to the cluster are accepted and bytes vanish. */
  async cut(index: number): Promise<void> {
    await this.#tell('cut', index);
  }

  /** From now on, every answer of the cluster comes a byte a second. */
  async trickle(index: number): Promise<void> {
    await this.#tell('trickle', index);
  }

  async heal(): Promise<void> {
    await this.#tell('heal', 0);
  }

  async stop(): Promise<void> {
    if (!this.process.connected) return;
    const exited = once(this.process, 'exit');
    this.process.disconnect();
    await exited;
  }

  #tell(name: Name, argument: number): Promise<unknown> {
    const id = (this.#count += 1);
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    if (this.process.connected) this.process.send({ id, name, argument });
    else waiting.reject(new Error('the pretend clusters ended'));
    return waiting.promise;
  }
}
