/**
 * A process that writes to the state as fast as it can, to be killed. Arguments: the data directory, and how many writers.
 * Prints `ready <json>` with the number of each writer as found at the start, then `ack <writer> <number>` for each acknowledged change.
 * Each change carries an Idempotency-Key; the first of each writer is what may have been in flight at the kill, sent again.
 */
import { writeSync } from 'node:fs';
import { castDraft } from 'immer';
import { BerthError } from '../../src/domain/errors.js';
import { checkInvariants } from '../../src/domain/invariants.js';
import { openState } from '../../src/state/open-state.js';
import { LOCKED_EXIT_CODE } from '../../src/state/state-lock.js';
import { SILENT } from '../../src/state/state-parts.js';
import type { StateRepository } from '../../src/state/state.repository.js';
import { anEntry } from '../support/state-fixtures.js';

const print = (line: string): void => void writeSync(1, `${line}\n`);

/** How often the writer's effect took place, and the number of its last change: equal, unless one took place twice. */
function found(repository: StateRepository, id: string): { effects: number; number: number } {
  const server = repository.read().servers[id]?.server;
  return { effects: server?.connectionRevision ?? 0, number: Number(server?.location ?? 0) };
}

async function write(repository: StateRepository, id: string, number: number): Promise<void> {
  const key = `${id}-${number}`;
  await repository.update({ actor: id, reason: 'write', once: { key, fingerprint: key } }, (draft) => {
    const { server } = (draft.servers[id] ??= castDraft({
      server: { ...anEntry(id).server, connectionRevision: 0 },
      pods: {},
    }));
    server.connectionRevision += 1;
    server.location = String(number);
  });
  print(`ack ${id} ${number}`);
}

async function run(directory: string, ids: readonly string[]): Promise<void> {
  const settings = {
    directory,
    generations: 3,
    generationMinutes: 1,
    journalKiB: 16,
    queueLimit: 1_000,
    observedSaveSeconds: 30,
  };
  const repository = await openState(settings, { now: () => new Date(), log: SILENT });
  const start = ids.map((id) => ({ id, ...found(repository, id) }));
  print(`ready ${JSON.stringify({ start, problems: checkInvariants(repository.read()) })}`);
  await Promise.all(
    start.map(async ({ id, number }) => {
      // The newest one is sent again: it is known by its key and changes nothing.
      for (let next = Math.max(1, number); ; next += 1) await write(repository, id, next);
    }),
  );
}

const [directory = '', count = '1'] = process.argv.slice(2);
try {
  await run(
    directory,
    Array.from({ length: Number(count) }, (_, index) => `w${index}`),
  );
} catch (error) {
  writeSync(2, `${String(error)}\n`);
  process.exit(error instanceof BerthError && error.code === 'STATE_LOCKED' ? LOCKED_EXIT_CODE : 1);
}
