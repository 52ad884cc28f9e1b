import { newRequestKey } from '../live/request-key';
import { type Problem, toProblem } from '../live/problem';

export type ActResult =
  | { readonly kind: 'waiting' | 'running' | 'done' }
  | { readonly kind: 'failed'; readonly problem: Problem };

const PARALLEL = 6;

/**
 * Does one thing to many pods, some at once, and tells of each.
 * Each pod keeps its key over retries: what was done and not heard of is not done twice.
 */
export class PodActRun {
  readonly #keys = new Map<string, string>();

  constructor(
    private readonly act: (podId: string, key: string) => Promise<unknown>,
    private readonly tell: (podId: string, result: ActResult) => void,
  ) {}

  async run(pods: readonly { readonly id: string }[]): Promise<void> {
    const queue = pods.map(({ id }) => id);
    for (const id of queue) this.tell(id, { kind: 'waiting' });
    const worker = async (): Promise<void> => {
      for (let id = queue.shift(); id !== undefined; id = queue.shift()) await this.#one(id);
    };
    await Promise.all(Array.from({ length: Math.min(PARALLEL, pods.length) }, worker));
  }

  async #one(id: string): Promise<void> {
    const key = this.#keys.get(id) ?? newRequestKey();
    this.#keys.set(id, key);
    this.tell(id, { kind: 'running' });
    try {
      await this.act(id, key);
      this.tell(id, { kind: 'done' });
    } catch (error) {
      this.tell(id, { kind: 'failed', problem: toProblem(error) });
    }
  }
}
