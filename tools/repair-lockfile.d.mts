export interface LockPackage {
  version?: string;
  cpu?: string[];
  os?: string[];
  libc?: string[];
  dev?: boolean;
  optional?: boolean;
  optionalDependencies?: Record<string, string>;
}

export function platformOf(name: string): Pick<LockPackage, 'cpu' | 'os' | 'libc'>;
export function repairLock(lock: { packages: Record<string, LockPackage> }): string[];
