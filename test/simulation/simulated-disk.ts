/** The disk of one process: it takes time, may be full, and is out of reach for a process that is dead. */
import type { FsFile, FsPort, FsStat } from '../../src/state/fs-port.js';
import { type Image, ModelFs } from '../durability/model-fs.js';
import type { Chance } from './chance.js';

const SLOW_MS = 120;

export class SimulatedDisk implements FsPort {
  readonly model: ModelFs;
  isFull = false;
  /** Every operation that begins now takes this long, milliseconds. */
  stallMs = 0;
  #isDead = false;

  constructor(
    image: Image,
    private readonly chance: Chance,
  ) {
    this.model = ModelFs.from(image);
    this.model.fault = (operation) => (this.isFull && operation === 'write' ? 'ENOSPC' : undefined);
  }

  /** The process has ended: nothing that it began goes on. */
  die(): void {
    this.#isDead = true;
  }

  async #do<T>(operation: () => Promise<T>): Promise<T> {
    const ms = this.stallMs || (this.chance.is(0.2) ? this.chance.whole(1, SLOW_MS) : 0);
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    if (this.#isDead) return new Promise(() => {});
    return operation();
  }

  async create(path: string): Promise<FsFile> {
    const file = await this.#do(() => this.model.create(path));
    return {
      write: (bytes) => this.#do(() => file.write(bytes)),
      stat: () => this.#do(() => file.stat()),
      datasync: () => this.#do(() => file.datasync()),
      close: () => this.#do(() => file.close()),
    };
  }

  read(path: string): Promise<Uint8Array> {
    return this.#do(() => this.model.read(path));
  }
  stat(path: string): Promise<FsStat | null> {
    return this.#do(() => this.model.stat(path));
  }
  list(directory: string): Promise<string[]> {
    return this.#do(() => this.model.list(directory));
  }
  rename(from: string, to: string): Promise<void> {
    return this.#do(() => this.model.rename(from, to));
  }
  link(from: string, to: string): Promise<void> {
    return this.#do(() => this.model.link(from, to));
  }
  unlink(path: string): Promise<void> {
    return this.#do(() => this.model.unlink(path));
  }
  makeDirectory(path: string): Promise<void> {
    return this.#do(() => this.model.makeDirectory(path));
  }
  chmod(path: string, mode: number): Promise<void> {
    return this.#do(() => this.model.chmod(path, mode));
  }
  syncDirectory(path: string): Promise<void> {
    return this.#do(() => this.model.syncDirectory(path));
  }
}
