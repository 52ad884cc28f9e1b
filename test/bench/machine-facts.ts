import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, release, totalmem } from 'node:os';
import { sep } from 'node:path';

interface Mount {
  readonly device: string;
  readonly point: string;
  readonly type: string;
  readonly source: string;
}

/** The mount that holds `path`. Linux only. */
function mountOf(path: string): Mount | null {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trimEnd().split('\n');
  const mounts = lines.map((line): Mount => {
    const [left = '', right = ''] = line.split(' - ');
    const fields = left.split(' ');
    const [type = '', source = ''] = right.split(' ');
    return { device: fields[2] ?? '', point: fields[4] ?? '', type, source };
  });
  const holds = ({ point }: Mount): boolean => path === point || path.startsWith(point === sep ? sep : `${point}/`);
  return mounts.filter(holds).reduce<Mount | null>((best, each) => {
    return best === null || each.point.length >= best.point.length ? each : best;
  }, null);
}

/** A partition has no queue of its own; its disk, one up, has. */
function isRotational(device: string): boolean | null {
  for (const path of [`/sys/dev/block/${device}/queue/rotational`, `/sys/dev/block/${device}/../queue/rotational`]) {
    try {
      return readFileSync(path, 'utf8').trim() === '1';
    } catch {
      continue;
    }
  }
  return null;
}

export function diskKind(path: string): string {
  try {
    const mount = mountOf(path);
    if (!mount) return 'unknown';
    const rotational = isRotational(mount.device);
    const kind = rotational === null ? 'no block device' : rotational ? 'rotating disk' : 'solid state or virtual disk';
    return `${mount.type} on ${mount.source} (${kind})`;
  } catch {
    return 'unknown';
  }
}

export function machineFacts(directory: string): Record<string, string> {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return {
    cores: `${availableParallelism()} × ${cpus()[0]?.model.trim() || 'unknown'}, ${gib} GiB`,
    system: `${process.platform} ${release()} ${arch()}`,
    node: process.version,
    disk: `${diskKind(directory)}, state in ${directory}`,
  };
}
