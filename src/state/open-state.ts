import type { MasterState } from '../domain/master-state.js';
import type { StateSettings } from '../settings.js';
import { prepareDirectory } from './data-directory.js';
import { readFacts, writeFacts } from './facts-file.js';
import type { FsPort } from './fs-port.js';
import { MasterFile } from './master-file.js';
import { nodeFs } from './node-fs.js';
import { isRemoteVolume, StateLock } from './state-lock.js';
import type { StateLog } from './state-parts.js';
import { StateRepository } from './state.repository.js';
import type { WallClock } from './wall-clock.js';

const RECOVERY_MS = 5_000;

/** Nobody has looked since the start: what was seen before is shown with its age, but no server counts as online. */
export function warmed(state: MasterState, now: Date): MasterState {
  const since = now.toISOString();
  const observed = Object.entries(state.observed).map(([id, each]) => {
    const isPaused = each.status.state === 'Paused';
    return [id, isPaused ? each : { ...each, status: { state: 'Connecting' as const, code: '', message: '', since } }];
  });
  return { ...state, observed: Object.fromEntries(observed) };
}

export interface OpenStateParts {
  readonly now: WallClock;
  readonly log: StateLog;
  readonly fs?: FsPort;
}

/**
 * Takes the lock on the data directory, reads master.json or makes the first one, and hands out the only repository for it.
 * @throws BerthError STATE_PERMISSIONS, STATE_LOCKED, STATE_UNREADABLE, STATE_UNWRITABLE
 */
export async function openState(settings: StateSettings, parts: OpenStateParts): Promise<StateRepository> {
  const { now, log, fs = nodeFs } = parts;
  const { directory } = settings;
  await prepareDirectory(fs, directory, process.platform !== 'win32');
  const lock = StateLock.acquire(directory);
  try {
    if (isRemoteVolume(directory)) {
      log.warn(
        `${directory} is on a network volume: neither its lock nor its syncs can be relied on. Use a local disk.`,
      );
    }
    const generations = { keep: settings.generations, everyMs: settings.generationMinutes * 60_000 };
    const warn = (message: string): void => log.warn(message);
    const { file, state, failure } = await MasterFile.open({
      fs,
      directory,
      generations,
      journalBytes: settings.journalKiB * 1_024,
      now,
      warn,
    });
    if (failure) log.error(`The state cannot be written, so Berth starts read-only: ${failure.message}`);
    const observed = await readFacts(fs, directory, state.servers);
    return new StateRepository({
      state: warmed({ ...state, observed }, now()),
      write: (next) => file.write(next),
      writeFacts: (facts) => writeFacts(fs, directory, facts),
      release: async () => {
        await file.close();
        lock.release();
      },
      failure,
      now,
      queueLimit: settings.queueLimit,
      observedSaveMs: settings.observedSaveSeconds * 1_000,
      recoveryMs: RECOVERY_MS,
      log,
    });
  } catch (error) {
    lock.release();
    throw error;
  }
}
