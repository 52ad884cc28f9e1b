import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BerthError } from '../domain/errors.js';
import { EMPTY_STATE, type MasterState } from '../domain/master-state.js';
import { Secret, type SealedSecret } from '../domain/secret.js';
import { aServer } from '../../test/support/state-fixtures.js';
import { SecretBox } from './secret-box.js';
import type { StateLog } from './state-parts.js';

const context = 'server-1/credential/1';
const boxOf = (key: Buffer): SecretBox => new SecretBox({ key, reason: null });
const codeOf = (run: () => unknown): unknown => {
  try {
    return run();
  } catch (error) {
    return error instanceof BerthError ? error.code : error;
  }
};

const stateWith = (sealed: SealedSecret): MasterState => ({
  ...EMPTY_STATE,
  servers: { a: { server: aServer('a', { credential: { kind: 'password', sealed } }), pods: {} } },
});

describe('a sealed secret', () => {
  const box = boxOf(randomBytes(32));
  const secret = new Secret('päss wörd 🔑');
  const sealed = box.seal(secret, context);

  it('opens to what was sealed, and looks different each time', () => {
    expect(box.open(sealed, context).reveal()).toBe(secret.reveal());
    expect(box.open(box.seal(new Secret(''), context), context).reveal()).toBe('');
    expect(box.seal(secret, context).box).not.toBe(sealed.box);
    expect(JSON.stringify(sealed)).not.toContain('wörd');
  });

  it('does not open with any bit flipped', () => {
    const bytes = Buffer.from(sealed.box, 'base64');
    for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const tampered: SealedSecret = { ...sealed, box: damaged.toString('base64') };
      expect(codeOf(() => box.open(tampered, context))).toBe('CREDENTIAL_UNREADABLE');
    }
  });

  it.each(['server-2/credential/1', 'server-1/other/1', 'server-1/credential/2', '', `${context} `])(
    'does not open as %j',
    (other) => {
      expect(codeOf(() => box.open(sealed, other))).toBe('CREDENTIAL_UNREADABLE');
    },
  );

  it('does not open when it is cut, spelled otherwise, or sealed by another key', () => {
    for (let length = 0; length < sealed.box.length; length += 1) {
      expect(codeOf(() => box.open({ ...sealed, box: sealed.box.slice(0, length) }, context))).toBe(
        'CREDENTIAL_UNREADABLE',
      );
    }
    expect(codeOf(() => box.open({ ...sealed, box: `${sealed.box}\n` }, context))).toBe('CREDENTIAL_UNREADABLE');
    const other = boxOf(randomBytes(32));
    expect(codeOf(() => other.open(sealed, context))).toBe('CREDENTIAL_UNREADABLE');
    expect(codeOf(() => other.open({ ...sealed, keyId: other.keyId! }, context))).toBe('CREDENTIAL_UNREADABLE');
  });

  it('is never in the error', () => {
    const error = codeOf(() => boxOf(randomBytes(32)).open(sealed, context));
    expect(JSON.stringify(error)).not.toContain('wörd');
    expect(sealed.keyId).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('the key', () => {
  let directory = '';
  let logged: string[] = [];
  const note = (message: string): void => void logged.push(message);
  const log: StateLog = { log: note, warn: note, error: note };
  const load = (state: MasterState = EMPTY_STATE, masterKeyFile?: string): Promise<SecretBox> =>
    SecretBox.load(
      {
        directory,
        generations: 1,
        generationMinutes: 1,
        journalKiB: 1,
        queueLimit: 1,
        observedSaveSeconds: 1,
        ...(masterKeyFile && { masterKeyFile }),
      },
      state,
      log,
    );
  const file = (content: string | Buffer, mode = 0o600): string => {
    const path = join(directory, 'key');
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'berth-key-'));
    logged = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made at the first start, private, with advice, and found at the next', async () => {
    const first = await load();
    expect(statSync(join(directory, 'secret.key')).mode & 0o777).toBe(0o600);
    expect(logged.join()).toContain('BERTH_MASTER_KEY_FILE');
    const sealed = first.seal(new Secret('s'), context);
    expect((await load(stateWith(sealed))).open(sealed, context).reveal()).toBe('s');
  });

  it('is never made anew while the state holds sealed credentials: Berth starts sealed', async () => {
    const sealed = boxOf(randomBytes(32)).seal(new Secret('s'), context);
    const box = await load(stateWith(sealed));
    expect(existsSync(join(directory, 'secret.key'))).toBe(false);
    expect(box.sealedReason).toContain('missing');
    expect(codeOf(() => box.open(sealed, context))).toBe('CREDENTIAL_UNREADABLE');
    expect(codeOf(() => box.seal(new Secret('s'), context))).toBe('CREDENTIAL_UNREADABLE');
    expect(logged.join()).toContain('stay sealed');
  });

  it('may be raw bytes, hex or base64, behind a link as Kubernetes mounts it', async () => {
    const key = randomBytes(32);
    const { keyId } = boxOf(key);
    for (const content of [
      key,
      key.toString('hex'),
      `${key.toString('hex').toUpperCase()}\n`,
      `${key.toString('base64')}\n`,
    ]) {
      expect((await load(EMPTY_STATE, file(content))).keyId).toBe(keyId);
    }
    symlinkSync(file(key, 0o644), join(directory, 'link'));
    expect((await load(EMPTY_STATE, join(directory, 'link'))).keyId).toBe(keyId);
    expect(logged.join()).toContain('can be read by other users');
  });

  it.each(['', 'short', 'x'.repeat(64), '0'.repeat(63)])('that is %j leaves Berth sealed', async (content) => {
    const box = await load(EMPTY_STATE, file(content));
    expect(box.sealedReason).toContain('is not a key');
    expect(box.keyId).toBeNull();
  });

  it('that is named but missing is not made', async () => {
    const box = await load(EMPTY_STATE, join(directory, 'nowhere'));
    expect(box.sealedReason).toContain('missing');
    expect(existsSync(join(directory, 'nowhere'))).toBe(false);
    expect(existsSync(join(directory, 'secret.key'))).toBe(false);
  });

  it('that others can change is refused, and so is one beside the state that others can read', async () => {
    await expect(load(EMPTY_STATE, file(randomBytes(32), 0o620))).rejects.toMatchObject({ code: 'STATE_PERMISSIONS' });
    await load();
    chmodSync(join(directory, 'secret.key'), 0o640);
    await expect(load()).rejects.toMatchObject({ code: 'STATE_PERMISSIONS' });
    expect(readFileSync(join(directory, 'secret.key'))).toHaveLength(65);
  });

  it('other than the one that sealed is said at the start', async () => {
    const box = await load(stateWith(boxOf(randomBytes(32)).seal(new Secret('s'), context)), file(randomBytes(32)));
    expect(box.sealedReason).toBeNull();
    expect(logged.join()).toContain('1 of 1 credentials were sealed by another key');
  });
});
