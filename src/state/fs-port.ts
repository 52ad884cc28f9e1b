/**
 * The few file operations that the state needs, so that a test can put a disk underneath that fails, tears and forgets.
 * Every method rejects with an Error that carries Node's `code` (`ENOSPC`, `EIO`, …).
 */
export interface FsStat {
  /** Device and inode: the same file, whatever its name. */
  readonly identity: string;
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Permission bits only. */
  readonly mode: number;
  readonly isDirectory: boolean;
  /** A regular file: no link, pipe or device. */
  readonly isFile: boolean;
}

export interface FsFile {
  /** Writes at most all of `bytes` at the end and returns how many went out: it may be fewer. */
  write(bytes: Uint8Array): Promise<number>;
  stat(): Promise<FsStat>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface FsPort {
  /** A new file, mode 0600; fails with EEXIST. */
  create(path: string): Promise<FsFile>;
  read(path: string): Promise<Uint8Array>;
  /** Null when there is none. Follows no link. */
  stat(path: string): Promise<FsStat | null>;
  list(directory: string): Promise<string[]>;
  rename(from: string, to: string): Promise<void>;
  link(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  /** With its parents, mode 0700, and made durable; an existing one is left as it is. */
  makeDirectory(path: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  syncDirectory(path: string): Promise<void>;
}

/** Node's error code, or an empty string. */
export function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
