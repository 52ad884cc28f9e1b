import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../../domain/errors.js';
import type { LogOptions } from '../cluster-provider.js';
import type { SandboxPod } from './sandbox-pod.js';

/** A real node rotates its logs too. */
const MOST_LINES = 5_000;
const LINES_PER_CHUNK = 500;

export const noLog = (): ClusterError =>
  new ClusterError('POD_HAS_NO_LOG', 'Its container has not written anything yet.', 'refused');

/** The run of a container that a log tells of: one line every `lineMs` from its start. */
interface Run {
  readonly startedMs: number;
  readonly endedMs: number | null;
}

function runOf(pod: SandboxPod, isPrevious: boolean): Run {
  const isRunning = pod.info.containers[0]?.state === 'running';
  const run =
    isPrevious || !isRunning ? pod.previous : pod.startedMs !== null && { startedMs: pod.startedMs, endedMs: null };
  if (!run) throw noLog();
  return run;
}

const lineCount = (run: Run, lineMs: number): number =>
  Math.floor(((run.endedMs ?? Date.now()) - run.startedMs) / lineMs) + 1;

/** The lines of a pretend container, computed and not kept. Ends with the signal, the pod or, unless it is followed, the log. */
export async function* sandboxLog(
  podNow: () => SandboxPod | undefined,
  log: LogOptions,
  lineMs: number,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const pod = podNow();
  if (!pod) throw new ClusterError('POD_NOT_FOUND', 'The pod is gone.', 'refused');
  const run = runOf(pod, log.isPrevious);
  const line = (index: number): string => {
    const at = log.hasTimestamps ? `${new Date(run.startedMs + index * lineMs).toISOString()} ` : '';
    return `${at}line ${index + 1} of ${pod.info.name}\n`;
  };
  const written = lineCount(run, lineMs);
  const oldest =
    log.sinceSeconds === null ? 0 : Math.ceil((Date.now() - log.sinceSeconds * 1000 - run.startedMs) / lineMs);
  let next = Math.max(0, oldest, written - Math.min(MOST_LINES, log.tailLines ?? MOST_LINES));
  while (next < written) {
    const end = Math.min(written, next + LINES_PER_CHUNK);
    yield Array.from({ length: end - next }, (_, each) => line(next + each)).join('');
    next = end;
  }
  const isSameRun = (): boolean =>
    podNow()?.startedMs === run.startedMs && podNow()?.info.containers[0]?.state === 'running';
  while (log.isFollowed && !signal.aborted && isSameRun()) {
    const waitMs = Math.max(1, run.startedMs + next * lineMs - Date.now());
    await sleep(Math.min(waitMs, lineMs), undefined, { signal }).catch(() => undefined);
    if (signal.aborted || !isSameRun() || lineCount(run, lineMs) <= next) continue;
    yield line(next);
    next += 1;
  }
}
