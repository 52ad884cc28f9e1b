/**
 * A disk in memory that keeps what the process sees apart from what a power cut would leave, and that fails on demand.
 * After a cut, each name points to any file it has pointed to since its directory was last synced, and each file holds its last synced
 * bytes plus any part of what was written since: none, all, cut at a sector, a hole of zeros, or zeros in full length.
 */
import { dirname } from 'node:path';
import type { FsFile, FsPort, FsStat } from '../../src/state/fs-port.js';

const SECTOR = 512;

interface Inode {
  readonly id: number;
  readonly isDirectory: boolean;
  mode: number;
  bytes: Buffer;
  /** Null: never synced, so after a cut it may even be empty. */
  synced: Buffer | null;
  /** A sync failed: the kernel gave up those pages, and reports success to whoever syncs again. */
  isForgotten: boolean;
  mtimeNs: bigint;
}

export type Operation =
  | 'create'
  | 'write'
  | 'datasync'
  | 'stat'
  | 'close'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'chmod'
  | 'syncDirectory'
  | 'makeDirectory'
  | 'read'
  | 'list';

/** What goes wrong: an errno; a write that takes fewer bytes and says so, or takes none, or lies about it. */
export type Fault = 'ENOSPC' | 'EIO' | 'EROFS' | 'short' | 'nothing' | 'lie';

/** The disk after a cut: bytes by path; null is a directory. */
export type Image = ReadonlyMap<string, Buffer | null>;

const failure = (code: string, what: string): Error => Object.assign(new Error(`${code}: ${what}`), { code });

export class ModelFs implements FsPort {
  /** Called before each operation that can fail. */
  fault: (operation: Operation, path: string, index: number) => Fault | undefined = () => undefined;
  /** Called after each operation that changes what a cut would leave. */
  changed: () => void = () => {};
  operations = 0;
  readonly log: string[] = [];
  readonly #names = new Map<string, Inode>();
  /** Per name, what it pointed to since the last sync of its directory, oldest first. */
  readonly #history = new Map<string, (Inode | null)[]>();
  #ids = 0;
  #clock = 0n;

  static from(image: Image): ModelFs {
    const fs = new ModelFs();
    for (const [path, bytes] of image) {
      const inode = fs.#inode(bytes === null);
      inode.bytes = bytes ?? Buffer.alloc(0);
      inode.synced = inode.bytes;
      fs.#names.set(path, inode);
    }
    return fs;
  }

  #inode(isDirectory: boolean): Inode {
    this.#ids += 1;
    const mode = isDirectory ? 0o700 : 0o600;
    return {
      id: this.#ids,
      isDirectory,
      mode,
      bytes: Buffer.alloc(0),
      synced: null,
      isForgotten: false,
      mtimeNs: this.#clock,
    };
  }

  #step(operation: Operation, path: string): Fault | undefined {
    const index = this.operations;
    this.operations += 1;
    this.log.push(`${operation} ${path}`);
    const fault = this.fault(operation, path, index);
    if (fault === 'ENOSPC' || fault === 'EIO' || fault === 'EROFS') throw failure(fault, `${operation} ${path}`);
    return fault;
  }

  #point(path: string, inode: Inode | null): void {
    const before = this.#names.get(path) ?? null;
    const history = this.#history.get(path) ?? [before];
    this.#history.set(path, [...history, inode]);
    if (inode) this.#names.set(path, inode);
    else this.#names.delete(path);
    this.changed();
  }

  #get(path: string): Inode {
    const inode = this.#names.get(path);
    if (!inode) throw failure('ENOENT', path);
    return inode;
  }

  #stat(inode: Inode): FsStat {
    const { id, bytes, mtimeNs, mode, isDirectory } = inode;
    return { identity: String(id), size: bytes.byteLength, mtimeNs, mode, isDirectory, isFile: !isDirectory };
  }

  async create(path: string): Promise<FsFile> {
    this.#step('create', path);
    if (this.#names.has(path)) throw failure('EEXIST', path);
    const inode = this.#inode(false);
    this.#point(path, inode);
    return {
      write: async (bytes) => this.#write(inode, path, bytes),
      stat: async () => {
        this.#step('stat', path);
        return this.#stat(inode);
      },
      datasync: async () => {
        try {
          this.#step('datasync', path);
        } catch (error) {
          inode.isForgotten = true;
          throw error;
        }
        if (!inode.isForgotten) inode.synced = inode.bytes;
        this.changed();
      },
      close: async () => void this.#step('close', path),
    };
  }

  #write(inode: Inode, path: string, bytes: Uint8Array): number {
    const fault = this.#step('write', path);
    if (fault === 'nothing') return 0;
    const taken = fault === 'short' || fault === 'lie' ? Math.ceil(bytes.byteLength / 2) : bytes.byteLength;
    inode.bytes = Buffer.concat([inode.bytes, bytes.subarray(0, taken)]);
    this.#clock += 1n;
    inode.mtimeNs = this.#clock;
    this.changed();
    return fault === 'lie' ? bytes.byteLength : taken;
  }

  async read(path: string): Promise<Uint8Array> {
    this.#step('read', path);
    return this.#get(path).bytes;
  }

  async stat(path: string): Promise<FsStat | null> {
    const inode = this.#names.get(path);
    return inode ? this.#stat(inode) : null;
  }

  async list(directory: string): Promise<string[]> {
    this.#step('list', directory);
    this.#get(directory);
    const inside = [...this.#names.keys()].filter((path) => dirname(path) === directory);
    return inside.map((path) => path.slice(directory.length + 1));
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step('rename', to);
    const inode = this.#get(from);
    this.#point(to, inode);
    this.#point(from, null);
  }

  async link(from: string, to: string): Promise<void> {
    this.#step('link', to);
    if (this.#names.has(to)) throw failure('EEXIST', to);
    this.#point(to, this.#get(from));
  }

  async unlink(path: string): Promise<void> {
    this.#step('unlink', path);
    this.#get(path);
    this.#point(path, null);
  }

  async makeDirectory(path: string): Promise<void> {
    this.#step('makeDirectory', path);
    // The port makes a new directory durable.
    if (!this.#names.has(path)) this.#names.set(path, this.#inode(true));
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#step('chmod', path);
    this.#get(path).mode = mode;
  }

  async syncDirectory(path: string): Promise<void> {
    this.#step('syncDirectory', path);
    for (const each of this.#history.keys()) if (dirname(each) === path) this.#history.delete(each);
    this.changed();
  }

  /** As somebody else would change files in place, or remove them. */
  meddle(change: (files: Map<string, Buffer | null>) => void): void {
    const files = new Map(this.image());
    change(files);
    for (const [path, inode] of this.#names) {
      const bytes = files.get(path);
      if (bytes) inode.bytes = bytes;
      else if (!inode.isDirectory) this.#names.delete(path);
    }
  }

  /** What is there if the process ends now and the machine goes on. */
  image(): Image {
    return new Map([...this.#names].map(([path, inode]) => [path, inode.isDirectory ? null : inode.bytes]));
  }

  /** At most `most` different disks that a power cut at this moment may leave; all of them when there are fewer. */
  cuts(most: number, random: () => number): Image[] {
    const pick = (count: number): number => Math.floor(random() * count);
    const paths = [...new Set([...this.#names.keys(), ...this.#history.keys()])].sort();
    const choices = paths.map((path) => {
      const inodes = new Set(this.#history.get(path) ?? [this.#names.get(path) ?? null]);
      return { path, states: [...inodes].flatMap((inode) => remains(inode)) };
    });
    const total = choices.reduce((product, { states }) => product * states.length, 1);
    const build = (choose: (count: number) => number): Image => {
      const chosen = choices.map(({ path, states }) => [path, states[choose(states.length)]] as const);
      return new Map(
        chosen.flatMap(([path, state]) => (state === undefined || state === 'absent' ? [] : [[path, state]])),
      );
    };
    if (total > most) return Array.from({ length: most }, () => build(pick));
    return Array.from({ length: total }, (_, index) => {
      let rest = index;
      return build((count) => {
        const choice = rest % count;
        rest = Math.floor(rest / count);
        return choice;
      });
    });
  }
}

/** Everything that may be left of one file. */
function remains(inode: Inode | null): (Buffer | null | 'absent')[] {
  if (inode === null) return ['absent'];
  if (inode.isDirectory) return [null];
  const { bytes, synced } = inode;
  if (synced === bytes) return [bytes];
  // What was synced stays: a disk writes a sector whole or not at all.
  const before = synced ?? Buffer.alloc(0);
  const zeros = Buffer.alloc(bytes.byteLength - before.byteLength);
  const left = [before, bytes, Buffer.concat([before, zeros])];
  const first = before.byteLength - (before.byteLength % SECTOR) + SECTOR;
  for (let end = first; end < bytes.byteLength; end += SECTOR) {
    left.push(bytes.subarray(0, end));
    const hole = Buffer.from(bytes);
    hole.fill(0, Math.max(before.byteLength, end - SECTOR), end);
    left.push(hole);
  }
  return left;
}

/** A small generator with a seed, so that a failure can be replayed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
