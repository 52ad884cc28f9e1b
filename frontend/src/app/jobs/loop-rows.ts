/** What the loops of a job look like, row by row. Pure. */
import type { JobStatusDto } from '../api/models/job-status-dto';
import type { LoopStatusDto } from '../api/models/loop-status-dto';
import type { ServerDto } from '../api/models/server-dto';
import { ageWords } from '../ui/age-words';

export type JobName = 'health' | 'refresh';

export interface LoopRow {
  readonly loop: LoopStatusDto;
  readonly name: string;
  /** Why the last run failed, as far as the server's page knows it. */
  readonly why: string;
}

/** A run that was called off says nothing about the server. */
export const hasFailed = ({ lastResult, failuresInARow }: LoopStatusDto): boolean =>
  failuresInARow > 0 || (lastResult !== null && lastResult !== 'ok' && lastResult !== 'CLOSED');

/** Those that fail first, the longest failing before the others; then by name. */
export function loopRows(
  job: JobName,
  { loops }: JobStatusDto,
  servers: ReadonlyMap<string, ServerDto>,
  text: string,
): LoopRow[] {
  const wanted = text.trim().toLowerCase();
  return loops
    .map((loop) => {
      const server = servers.get(loop.serverId);
      const why = (job === 'health' ? server?.message : server?.refreshError) ?? '';
      return { loop, name: server?.name ?? loop.serverId, why: hasFailed(loop) ? why : '' };
    })
    .filter(({ name, loop }) => `${name} ${loop.lastResult ?? ''}`.toLowerCase().includes(wanted))
    .sort(
      (a, b) =>
        Number(hasFailed(b.loop)) - Number(hasFailed(a.loop)) ||
        b.loop.failuresInARow - a.loop.failuresInARow ||
        a.name.localeCompare(b.name),
    );
}

/** "in 12 s"; "due" when it should have begun; "not planned" while the job is stopped. */
export function nextWords({ isRunning, nextRunAt }: LoopStatusDto, nowMs: number): string {
  if (isRunning) return 'running now';
  if (nextRunAt === null) return 'not planned';
  const seconds = (Date.parse(nextRunAt) - nowMs) / 1_000;
  return seconds < 1 ? 'due' : `in ${ageWords(seconds)}`;
}

/** "3 ms", "1.2 s". */
export function durationWords(milliseconds: number | null): string {
  if (milliseconds === null) return '';
  return milliseconds < 1_000 ? `${milliseconds} ms` : `${(milliseconds / 1_000).toFixed(1)} s`;
}
