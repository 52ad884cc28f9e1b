/** A repository on a given disk, and a workload whose every revision can be told from its content. */
import { castDraft } from 'immer';
import type { FsPort } from '../../src/state/fs-port.js';
import { MasterFile } from '../../src/state/master-file.js';
import type { MasterState } from '../../src/domain/master-state.js';
import { StateRepository } from '../../src/state/state.repository.js';
import { anEntry, aPod } from '../support/state-fixtures.js';

export const DIRECTORY = '/data';
const HOUR_MS = 3_600_000;
/** Small, so that a few changes are followed by a whole write. */
const JOURNAL_BYTES = 1;

export interface Rig {
  readonly repository: StateRepository;
  readonly state: MasterState;
  readonly failure: Error | null;
}

/** Opens as at a start, without the kernel lock, which a disk in memory cannot have. Each write keeps a generation, as often as possible. */
export async function openOn(fs: FsPort): Promise<Rig> {
  let tick = Date.parse('2026-11-23T09:00:00Z');
  const now = (): Date => new Date((tick += HOUR_MS / 60));
  await fs.makeDirectory(DIRECTORY);
  const generations = { keep: 3, everyMs: 2 * 60_000 };
  const { file, state, failure } = await MasterFile.open({
    fs,
    directory: DIRECTORY,
    generations,
    journalBytes: JOURNAL_BYTES,
    now,
    warn: () => {},
  });
  const repository = new StateRepository({
    state: { ...state, observed: {} },
    failure,
    now,
    write: (next) => file.write(next),
    release: () => file.close(),
  });
  return { repository, state: repository.read(), failure };
}

/** Makes revision n carry the number n in three places. */
export function step(repository: StateRepository, once?: string): Promise<number> {
  const change = {
    actor: 'test',
    reason: 'step',
    ...(once !== undefined && { once: { key: once, fingerprint: once } }),
  };
  return repository.update(change, (draft) => {
    const number = Number(draft.access.adminTokenHash ?? 0) + 1;
    draft.access.adminTokenHash = String(number);
    const entry = (draft.servers['s'] ??= castDraft(anEntry('s')));
    entry.server.connectionRevision = number;
    entry.pods[`p${number % 4}`] = castDraft({ ...aPod(`p${number % 4}`, 's'), name: `pod ${number}` });
    return number;
  });
}

/** The number that the state carries, or null when it is not one that the workload can have made. */
export function numberOf(state: MasterState): number | null {
  const number = Number(state.access.adminTokenHash ?? 0);
  if (number === 0) return Object.keys(state.servers).length === 0 ? 0 : null;
  const entry = state.servers['s'];
  if (entry?.server.connectionRevision !== number || state.rev !== number) return null;
  const names = Object.values(entry.pods).map((pod) => pod.name);
  const expected = Array.from({ length: Math.min(number, 4) }, (_, index) => `pod ${number - index}`);
  return names.sort().join() === expected.sort().join() ? number : null;
}
