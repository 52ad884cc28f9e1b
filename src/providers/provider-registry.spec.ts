import { sandboxConnection } from '../../test/support/server-record.js';
import { ClusterError } from '../domain/errors.js';
import type { ClusterTarget } from './cluster-provider.js';
import { ProviderFactories, ProviderRegistry } from './provider-registry.js';
import { SandboxFaults } from './sandbox/sandbox-faults.js';
import { SandboxProviderFactory } from './sandbox/sandbox.provider.js';
import { SandboxWorlds } from './sandbox/sandbox-worlds.js';

const target = (connectionRevision: number): ClusterTarget => ({
  serverId: 'a',
  connectionRevision,
  connection: sandboxConnection(),
  credential: null,
  namespace: 'berth',
});

const registry = (): ProviderRegistry =>
  new ProviderRegistry(
    new ProviderFactories({ sandbox: new SandboxProviderFactory(new SandboxWorlds(), new SandboxFaults()) }),
  );

const soon = { timeoutMs: 1_000 };

describe('ProviderRegistry', () => {
  it('opens one provider per server and revision', () => {
    const providers = registry();
    expect(providers.find('a', 1)).toBeUndefined();
    const open = providers.open(target(1));
    expect(providers.open(target(1))).toBe(open);
    expect(providers.find('a', 1)).toBe(open);
    expect(providers.find('a', 2)).toBeUndefined();
  });

  it('closes the older connection when a newer one is opened, and never opens the older again', async () => {
    const providers = registry();
    const older = providers.open(target(1));
    const newer = providers.open(target(2));
    await expect(older.probe(soon)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(newer.probe(soon)).resolves.toBeDefined();
    expect(() => providers.open(target(1))).toThrow(expect.objectContaining({ code: 'CLOSED', outcome: 'refused' }));
    await expect(newer.probe(soon)).resolves.toBeDefined();
  });

  it('connects anew after a close', async () => {
    const providers = registry();
    const first = providers.open(target(1));
    await providers.close('a');
    await providers.close('a');
    await expect(first.probe(soon)).rejects.toBeInstanceOf(ClusterError);
    await expect(providers.open(target(1)).probe(soon)).resolves.toBeDefined();
  });

  it('opens nothing more once everything is closed', async () => {
    const providers = registry();
    const open = providers.open(target(1));
    await providers.onApplicationShutdown();
    await expect(open.probe(soon)).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => providers.open(target(1))).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  });

  it('says which kind of connection nobody can open', () => {
    expect(() => registry().open({ ...target(1), connection: { kind: 'in-cluster' } })).toThrow(/in-cluster/);
  });
});
