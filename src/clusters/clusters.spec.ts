import { randomBytes } from 'node:crypto';
import { sandboxServer } from '../../test/support/server-record.js';
import { BerthError } from '../domain/errors.js';
import { Secret } from '../domain/secret.js';
import type { Credential } from '../domain/server.js';
import type { ClusterProvider, ClusterTarget } from '../providers/cluster-provider.js';
import { ProviderFactories, ProviderFactory, ProviderRegistry } from '../providers/provider-registry.js';
import { SandboxFaults } from '../providers/sandbox/sandbox-faults.js';
import { SandboxProviderFactory } from '../providers/sandbox/sandbox.provider.js';
import { SandboxWorlds } from '../providers/sandbox/sandbox-worlds.js';
import { SecretBox } from '../state/secret-box.js';
import { Clusters } from './clusters.js';
import { decodeCredential, encodeCredential } from './credential-codec.js';

/** Remembers what it was asked to open. */
class RecordingFactory extends ProviderFactory {
  readonly targets: ClusterTarget[] = [];
  readonly #sandbox = new SandboxProviderFactory(new SandboxWorlds(), new SandboxFaults());

  open(target: ClusterTarget): ClusterProvider {
    this.targets.push(target);
    return this.#sandbox.open(target);
  }
}

function rig() {
  const factory = new RecordingFactory();
  const registry = new ProviderRegistry(new ProviderFactories({ sandbox: factory }));
  const box = new SecretBox({ key: randomBytes(32), reason: null });
  return { factory, clusters: new Clusters(registry, box) };
}

const password: Credential = { kind: 'password', password: new Secret('s3cret pässword') };

describe('Clusters', () => {
  it('opens a server with the credential that was sealed for it, and unseals it once', () => {
    const { factory, clusters } = rig();
    const server = sandboxServer('a', { credential: clusters.seal('a', password) });
    expect(clusters.of(server)).toBe(clusters.of(server));
    expect(factory.targets).toHaveLength(1);
    const { credential } = factory.targets[0]!;
    expect(credential?.kind === 'password' && credential.password.reveal()).toBe('s3cret pässword');
  });

  it('does not open a credential that was sealed for another server', () => {
    const { factory, clusters } = rig();
    const server = sandboxServer('b', { credential: clusters.seal('a', password) });
    expect(() => clusters.of(server)).toThrow(expect.objectContaining({ code: 'CREDENTIAL_UNREADABLE' }));
    expect(factory.targets).toEqual([]);
  });

  it('opens the edited server anew and closes the connection of before', async () => {
    const { clusters } = rig();
    const before = clusters.of(sandboxServer('a'));
    const after = clusters.of(sandboxServer('a', { connectionRevision: 2 }));
    await expect(before.probe({ timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(after.probe({ timeoutMs: 1_000 })).resolves.toBeDefined();
  });
});

describe('the codec of credentials', () => {
  const secrets = (credential: Credential): unknown =>
    Object.fromEntries(Object.entries(credential).map(([k, v]) => [k, v instanceof Secret ? v.reveal() : v]));

  it.each<Credential>([
    password,
    { kind: 'kubeconfig', kubeconfig: new Secret('apiVersion: v1') },
    { kind: 'private-key', privateKey: new Secret('key'), passphrase: null, sudoPassword: null },
    { kind: 'private-key', privateKey: new Secret('key'), passphrase: new Secret('p'), sudoPassword: new Secret('') },
  ])('keeps every field of a $kind', (credential) => {
    const text = encodeCredential(credential);
    expect(String(text)).toBe('[redacted]');
    expect(secrets(decodeCredential(text))).toEqual(secrets(credential));
  });

  it.each([
    'not json: s3cret',
    '{"kind":"magic"}',
    '{"kind":"password"}',
    '{"kind":"password","password":7}',
    '[]',
    'null',
  ])('refuses %s without quoting it', (text) => {
    let thrown: unknown;
    try {
      decodeCredential(new Secret(text));
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(BerthError);
    expect((thrown as BerthError).code).toBe('CREDENTIAL_UNREADABLE');
    expect((thrown as BerthError).message).not.toContain('s3cret');
    expect((thrown as BerthError).cause).toBeUndefined();
  });
});
