import { ClusterError } from '../../domain/errors.js';
import type { CallOptions, ClusterChange, WatchCursor } from '../cluster-provider.js';
import type { SandboxCluster } from './sandbox-cluster.js';
import type { SandboxTimes } from './sandbox-times.js';
import type { SandboxWire } from './sandbox-wire.js';

type WatchEnd = { readonly end: 'ended'; readonly cursor: WatchCursor } | { readonly end: 'expired' };

/** Streams the changes after `cursor`: what is missed first, then what happens. */
export async function watchSandbox(
  wire: SandboxWire,
  cluster: SandboxCluster,
  cursor: WatchCursor,
  onChange: (change: ClusterChange) => void,
  options: CallOptions,
  times: SandboxTimes,
): Promise<WatchEnd> {
  const fault = wire.meetWatch();
  if (fault?.kind === 'refuse')
    throw new ClusterError(fault.code, 'The pretend cluster refuses to be watched.', 'refused');
  const missed = cluster.changes.since(cursor);
  if (missed === null || fault?.kind === 'expire') return { end: 'expired' };
  const over = Promise.withResolvers<WatchEnd>();
  const fail = (code: 'CLOSED' | 'CONNECTION_TIMEOUT', words: string): void =>
    over.reject(new ClusterError(code, words, 'refused'));
  const ends = wire.endsWithoutDeadline(options.signal);
  const onEnd = (): void => fail('CLOSED', 'The watch was ended by Berth.');
  ends.addEventListener('abort', onEnd, { once: true });
  const silence = setTimeout(
    () => fail('CONNECTION_TIMEOUT', 'The watch was silent for too long.'),
    options.timeoutMs,
  ).unref();
  const hear = (change: ClusterChange): void => {
    const code = wire.cutCode();
    if (code) return over.reject(new ClusterError(code, 'The pretend link was cut.', 'refused'));
    if (fault?.kind === 'hang') return;
    silence.refresh();
    onChange(change);
  };
  const alive = setInterval(() => hear({ kind: 'alive' }), times.aliveMs).unref();
  const renewal = setTimeout(
    () => over.resolve({ end: 'ended', cursor: cluster.changes.cursor }),
    times.watchMs,
  ).unref();
  for (const change of missed) hear(change);
  const deafen = cluster.changes.listen(hear);
  if (ends.aborted) onEnd();
  if (fault?.kind === 'end') over.resolve({ end: 'ended', cursor: cluster.changes.cursor });
  if (fault?.kind === 'break') over.reject(new ClusterError(fault.code, 'The pretend watch broke.', 'refused'));
  try {
    return await over.promise;
  } finally {
    deafen();
    for (const timer of [silence, alive, renewal]) clearTimeout(timer);
    ends.removeEventListener('abort', onEnd);
  }
}
