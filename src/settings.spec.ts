import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecretFile, loadSettings } from './settings.js';

const CONFIG = join(import.meta.dirname, '../config');
const load = (env: NodeJS.ProcessEnv = {}): ReturnType<typeof loadSettings> => loadSettings(env, CONFIG);
const refused = (word: string): object =>
  expect.objectContaining({ code: 'SETTINGS_INVALID', message: expect.stringContaining(word) });

describe('settings', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'berth-settings-'));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  const attempt = (env: NodeJS.ProcessEnv): unknown => {
    try {
      return load(env);
    } catch (error) {
      return error;
    }
  };

  it.each([undefined, 'production', 'test'])('are valid as they stand for %s', (name) => {
    expect(load(name === undefined ? {} : { BERTH_ENV: name }).http.host).toMatch(/^[\d.]+$/);
  });

  it('listen on loopback unless they are told otherwise', () => {
    expect(load().http.host).toBe('127.0.0.1');
  });

  it('let the environment win over a file, and a file over the default', () => {
    const path = file('mine.yaml', 'http: { port: 4000, stopSeconds: 7 }');
    const { http } = load({ BERTH_CONFIG: path, BERTH_HTTP_PORT: '5000' });
    expect([http.port, http.stopSeconds, http.host]).toEqual([5000, 7, '127.0.0.1']);
  });

  it('read lists, numbers and switches from the environment', () => {
    const settings = load({
      BERTH_NETWORK_ALLOWED_CIDRS: '127.0.0.0/8, 10.0.0.0/8',
      BERTH_NETWORK_ALLOWED_PORTS: '22,2222',
      BERTH_HEALTH_IS_ENABLED: 'false',
      BERTH_SANDBOX: 'true',
      BERTH_ADMIN_TOKEN_FILE: '/run/token',
    });
    expect(settings.network).toMatchObject({ allowedCidrs: ['127.0.0.0/8', '10.0.0.0/8'], allowedPorts: [22, 2222] });
    expect([settings.health.isEnabled, settings.sandbox.isEnabled]).toEqual([false, true]);
    expect(settings.access.adminTokenFile).toBe('/run/token');
  });

  it.each([
    ['a number that is none', { BERTH_HTTP_PORT: 'many' }, 'http.port'],
    ['a port that is none', { BERTH_HTTP_PORT: '65536' }, 'http.port'],
    ['half a second', { BERTH_HTTP_STOP_SECONDS: '0.5' }, 'http.stopSeconds'],
    ['a switch that is none', { BERTH_SANDBOX: 'perhaps' }, 'sandbox.isEnabled'],
    ['an environment without a file', { BERTH_ENV: 'nowhere' }, 'nowhere.yaml'],
  ])('refuse %s by name', (_what, env, word) => {
    expect(attempt(env)).toEqual(refused(word));
  });

  it('refuse a key that they do not know', () => {
    expect(attempt({ BERTH_CONFIG: file('typo.yaml', 'http: { prot: 1 }') })).toEqual(refused('http.prot'));
  });

  it('refuse a file that is not YAML', () => {
    expect(attempt({ BERTH_CONFIG: file('broken.yaml', 'http: {') })).toEqual(refused('broken.yaml'));
  });

  it('cannot be changed', () => {
    const settings = load();
    expect(Object.isFrozen(settings.http) && Object.isFrozen(settings.network.allowedPorts)).toBe(true);
  });

  it('read a secret without the line end of its file, and never show it', () => {
    const secret = readSecretFile(file('secret', 'canary\n'));
    expect([secret.reveal(), String(secret)]).toEqual(['canary', '[redacted]']);
  });
});
