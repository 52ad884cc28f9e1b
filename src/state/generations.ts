/** Older copies of master.json in `generations/`, newest last by name: `master-<rev>-<instant>.json`. */
import { join } from 'node:path';
import { errnoOf, type FsPort } from './fs-port.js';
import { writeDurably } from './durable-write.js';
import type { WallClock } from './wall-clock.js';

export const GENERATIONS = 'generations';
const NAME = /^master-(\d{12})-(\d{8}T\d{6})Z\.json$/;

export interface GenerationRules {
  readonly keep: number;
  readonly everyMs: number;
}

const compact = (at: Date): string => at.toISOString().slice(0, 19).replace(/[-:]/g, '');
const nameOf = (rev: number, at: Date): string => `master-${String(rev).padStart(12, '0')}-${compact(at)}Z.json`;

function takenAt(name: string): number {
  const digits = NAME.exec(name)?.[2] ?? '';
  return Date.parse(digits.replace(/^(....)(..)(..)T(..)(..)(..)$/, '$1-$2-$3T$4:$5:$6Z'));
}

/** Names, oldest first; empty when there are none. */
export async function listGenerations(fs: FsPort, directory: string): Promise<string[]> {
  try {
    return (await fs.list(join(directory, GENERATIONS))).filter((name) => NAME.test(name)).sort();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

export class Generations {
  readonly #fs: FsPort;
  readonly #directory: string;
  readonly #rules: GenerationRules;
  readonly #now: WallClock;
  #lastAt: number | null = null;

  constructor(fs: FsPort, directory: string, rules: GenerationRules, now: WallClock) {
    this.#fs = fs;
    this.#directory = directory;
    this.#rules = rules;
    this.#now = now;
  }

  /** After the first master.json is durable; from then on a missing master.json is never taken for a first start. */
  async begin(): Promise<void> {
    await this.#fs.makeDirectory(join(this.#directory, GENERATIONS));
    const newest = (await listGenerations(this.#fs, this.#directory)).at(-1);
    this.#lastAt = newest === undefined ? null : takenAt(newest);
  }

  /**
   * Keeps a copy when the last one is old enough; `content` is asked for only then. A clock that was set back makes one more copy,
   * never none for ever.
   */
  async keep(rev: number, content: () => Iterable<Uint8Array>): Promise<void> {
    const now = this.#now();
    if (this.#lastAt !== null && Math.abs(now.getTime() - this.#lastAt) < this.#rules.everyMs) return;
    const folder = join(this.#directory, GENERATIONS);
    await writeDurably(this.#fs, folder, nameOf(rev, now), content());
    this.#lastAt = now.getTime();
    const names = await listGenerations(this.#fs, this.#directory);
    for (const old of names.slice(0, -this.#rules.keep)) await this.#fs.unlink(join(folder, old));
  }
}
