/** A state directory with many pretend servers, written by Berth's own codec. */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MasterState } from '../../src/domain/master-state.js';
import { EMPTY_STATE } from '../../src/domain/master-state.js';
import type { ServerObservation } from '../../src/domain/server.js';
import { encode } from '../../src/state/master-codec.js';
import { anObservation } from '../support/state-fixtures.js';
import { sandboxServer } from '../support/server-record.js';

const SEEN_PODS = 5;

/** Seen just now: a picture of long ago would count against its server until the second check. */
function seenNow(): ServerObservation {
  const observation = anObservation(SEEN_PODS);
  const at = new Date().toISOString();
  return {
    ...observation,
    resources: observation.resources && { ...observation.resources, observedAt: at, listedAt: at },
  };
}

export async function writeFleet(directory: string, servers: number): Promise<void> {
  const ids = Array.from({ length: servers }, () => randomUUID());
  const state: MasterState = {
    ...EMPTY_STATE,
    rev: 1,
    servers: Object.fromEntries(ids.map((id) => [id, { server: sandboxServer(id), pods: {} }])),
    observed: Object.fromEntries(ids.map((id) => [id, seenNow()])),
  };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const bytes = Buffer.concat([...encode({ epoch: 1, journal: null, state })]);
  await writeFile(join(directory, 'master.json'), bytes, { mode: 0o600 });
}
