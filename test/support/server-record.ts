import type { SandboxConnection, ServerRecord } from '../../src/domain/server.js';
import type { StateRepository } from '../../src/state/state.repository.js';

const GIB = 1024 ** 3;

export const sandboxConnection = (some: Partial<SandboxConnection> = {}): SandboxConnection => ({
  kind: 'sandbox',
  seed: 7,
  nodeCount: 1,
  cpuMilliPerNode: 8_000,
  memoryBytesPerNode: 32 * GIB,
  storageBytesPerNode: 100 * GIB,
  gpuCountPerNode: 0,
  latencyMs: 0,
  failureRate: 0,
  ...some,
});

export const sandboxServer = (id: string, some: Partial<ServerRecord> = {}): ServerRecord => ({
  id,
  name: `server-${id}`,
  tags: [],
  location: '',
  connection: sandboxConnection(),
  credential: null,
  connectionRevision: 1,
  clusterUid: '',
  namespace: 'berth',
  isPaused: false,
  isRemoving: false,
  healthIntervalSeconds: null,
  refreshIntervalSeconds: null,
  registeredAt: '2026-11-23T09:00:00.000Z',
  ...some,
});

const BY_TEST = { actor: 'test', reason: 'test' };

/** Adds the server, or replaces its record. */
export async function putServer(state: StateRepository, server: ServerRecord): Promise<void> {
  await state.update(BY_TEST, (draft) => {
    const pods = draft.servers[server.id]?.pods ?? {};
    draft.servers[server.id] = { server: structuredClone(server) as never, pods };
  });
}

export async function dropServer(state: StateRepository, serverId: string): Promise<void> {
  await state.update(BY_TEST, (draft) => {
    delete draft.servers[serverId];
  });
}
