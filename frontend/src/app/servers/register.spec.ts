import { describe, expect, it } from 'vitest';
import type { TrialDto } from '../api/models/trial-dto';
import type { Problem } from '../live/problem';
import { daysLeft } from './certificate-days';
import { DraftForm } from './draft-form';
import { comparePasted, fingerprintCommand, sshPlace } from './fingerprint';
import { connectionBody, newServerDraft, reachBody, registerBody, type ServerDraft, splitTags } from './server-draft';
import { checkServerDraft, draftErrorsOf, REACH_FIELDS } from './server-draft-checks';
import { trialRows, type TrialState } from './trial-rows';

const FINGERPRINT = `SHA256:${'a'.repeat(43)}`;
const NONE: ReadonlySet<string> = new Set();
const draft = (change: Partial<ServerDraft> = {}): ServerDraft => ({
  ...newServerDraft(),
  host: '203.0.113.10',
  username: 'azureuser',
  password: 'secret',
  name: 'lab-1',
  ...change,
});
const problem = (code: string, more: Partial<Problem> = {}): Problem => ({
  title: '',
  detail: 'it is wrong',
  hint: '',
  code,
  status: 424,
  errors: [],
  shortfalls: [],
  details: {},
  ...more,
});

describe('what is sent', () => {
  it('has either the password or the key, never both', () => {
    const { ssh } = reachBody(draft({ login: 'key', privateKey: '-----BEGIN X\r\nabc\r\n-----END X' }), FINGERPRINT);
    expect(ssh).toEqual({
      host: '203.0.113.10',
      port: 22,
      username: 'azureuser',
      privateKey: '-----BEGIN X\nabc\n-----END X\n',
      hostKeyFingerprint: FINGERPRINT,
      useTunnel: true,
    });
    expect(reachBody(draft({ privateKey: 'left over' }), FINGERPRINT).ssh).not.toHaveProperty('privateKey');
  });

  it('has exactly one way to reach the server', () => {
    for (const way of ['ssh', 'kubeconfig', 'sandbox', 'inCluster'] as const) {
      const body = reachBody(draft({ way, kubeconfig: 'x' }), FINGERPRINT);
      expect(Object.keys(body)).toEqual([way]);
    }
  });

  it('leaves out what was not filled in', () => {
    const body = registerBody(draft({ tags: ' gpu, team=vision gpu ' }), FINGERPRINT);
    expect(body.tags).toEqual(['gpu', 'team=vision']);
    expect(body).not.toHaveProperty('location');
    expect(body).not.toHaveProperty('namespace');
    expect(connectionBody(draft(), FINGERPRINT)).not.toHaveProperty('name');
    expect(splitTags(' ,, ')).toEqual([]);
  });
});

describe('checkServerDraft', () => {
  it('passes a complete draft', () => expect(checkServerDraft(draft(), NONE)).toEqual({}));

  it.each([
    [{ host: '' }, 'host'],
    [{ host: 'root@lab' }, 'host'],
    [{ host: 'ssh://lab' }, 'host'],
    [{ port: '0' }, 'port'],
    [{ port: '22.5' }, 'port'],
    [{ port: '' }, 'port'],
    [{ username: ' ' }, 'username'],
    [{ password: '' }, 'password'],
    [{ login: 'key' }, 'privateKey'],
    [{ login: 'key', privateKey: 'ssh-ed25519 AAAA me' }, 'privateKey'],
    [{ way: 'kubeconfig' }, 'kubeconfig'],
    [{ way: 'sandbox', nodes: '101' }, 'nodes'],
    [{ way: 'sandbox', cpusPerNode: 'many' }, 'cpusPerNode'],
    [{ name: '-lab' }, 'name'],
    [{ name: 'LAB-2' }, 'name'],
    [{ tags: 'good b@d' }, 'tags'],
    [{ namespace: 'Berth' }, 'namespace'],
  ] as const)('finds what is wrong in %o', (change, field) => {
    expect(Object.keys(checkServerDraft(draft(change), new Set(['lab-2'])))).toEqual([field]);
  });

  it('does not ask for the password of a machine that is reached otherwise', () => {
    expect(checkServerDraft(draft({ way: 'inCluster', host: '', username: '', password: '' }), NONE)).toEqual({});
  });
});

describe('draftErrorsOf', () => {
  it('puts what Berth refused at the fields that it names', () => {
    const errors = [
      { field: 'ssh.host', message: 'host must be a host name' },
      { field: 'tags.0', message: 'a tag has up to 63 letters' },
      { field: 'kubeconfig.text', message: 'text is long' },
    ];
    expect(draftErrorsOf(problem('INVALID_REQUEST', { errors }), draft())).toEqual({
      host: 'Host must be a host name.',
      tags: 'A tag has up to 63 letters.',
      kubeconfig: 'Text is long.',
    });
  });

  it('knows the field of a code', () => {
    expect(draftErrorsOf(problem('SSH_AUTHENTICATION_FAILED'), draft())).toEqual({ password: 'It is wrong.' });
    expect(draftErrorsOf(problem('SSH_AUTHENTICATION_FAILED'), draft({ login: 'key' }))).toHaveProperty('privateKey');
    expect(draftErrorsOf(problem('SERVER_NAME_TAKEN'), draft())).toHaveProperty('name');
    expect(draftErrorsOf(problem('CONNECTION_REFUSED'), draft())).toEqual({});
  });
});

describe('DraftForm', () => {
  const form = () => new DraftForm<ServerDraft>(newServerDraft, (each) => checkServerDraft(each, NONE));

  it('complains only about fields that the user has tried to go on with', () => {
    const one = form();
    expect(one.error('host')).toBe('');
    expect(one.firstWrong(REACH_FIELDS)).toBe('host');
    expect(one.error('host')).not.toBe('');
    expect(one.error('name')).toBe('');
    one.patch({ host: 'lab' });
    expect(one.error('host')).toBe('');
  });

  it('shows what the server said until that field changes', () => {
    const one = form();
    one.tell({ host: 'Unknown.', password: 'Wrong.' });
    one.patch({ password: 'other' });
    expect([one.error('host'), one.error('password')]).toEqual(['Unknown.', '']);
  });

  it('forgets secrets', () => {
    const one = form();
    one.patch({ password: 'secret', privateKey: 'key' });
    one.clear();
    expect(one.draft()).toEqual(newServerDraft());
  });
});

describe('fingerprints', () => {
  it('are found in whatever the machine printed', () => {
    expect(comparePasted(`256 ${FINGERPRINT} root@lab (ED25519)`, FINGERPRINT)).toBe('same');
    expect(comparePasted(FINGERPRINT, `${FINGERPRINT}=`)).toBe('same');
    expect(comparePasted(`256 SHA256:${'b'.repeat(43)} root`, FINGERPRINT)).toBe('other');
    expect(comparePasted(FINGERPRINT.toUpperCase(), FINGERPRINT)).toBe('other');
    expect(comparePasted('MD5:aa:bb', FINGERPRINT)).toBe('no-fingerprint');
    expect(comparePasted(' ', FINGERPRINT)).toBe('nothing');
  });

  it('are printed from the file of their key type', () => {
    expect(fingerprintCommand('ssh-ed25519')).toContain('ssh_host_ed25519_key.pub');
    expect(fingerprintCommand('ecdsa-sha2-nistp256')).toContain('ssh_host_ecdsa_key.pub');
    expect(fingerprintCommand('rsa-sha2-512')).toContain('ssh_host_rsa_key.pub');
  });

  it('belong to a place, also with an IPv6 address', () => {
    expect(sshPlace('me@corp@lab:2222')).toEqual({ username: 'me@corp', host: 'lab', port: 2222 });
    expect(sshPlace('root@::1:22')).toEqual({ username: 'root', host: '::1', port: 22 });
    expect(sshPlace('https://lab:6443')).toBeNull();
  });
});

describe('trialRows', () => {
  const facts = { isRbacOn: false, certificateExpiresAt: '2026-01-11T00:00:00Z', isTunnelled: true };
  const trial: TrialDto = {
    steps: [
      { step: 'link', latencyMs: 200 },
      { step: 'api', latencyMs: 40 },
    ],
    facts: { ...facts, kubernetesVersion: 'v1.36.4', clusterUid: '', kubeconfigSource: 'microk8s config -l' },
  };
  const now = Date.parse('2026-01-01T00:00:00Z');
  const results = (state: TrialState, way: ServerDraft['way'] = 'ssh') =>
    trialRows(way, state, now).map((row) => `${row.id} ${row.result}`);

  it('moves on once the machine has shown its key', () => {
    expect(results({ kind: 'running', linkMs: null })[0]).toBe('link running');
    expect(results({ kind: 'running', linkMs: 80 }).slice(0, 3)).toEqual([
      'link pass',
      'login running',
      'find waiting',
    ]);
  });

  it('tells which step failed', () => {
    const failed = (code: string, linkMs: number | null = 80) =>
      results({ kind: 'failed', problem: problem(code), linkMs }).filter((row) => row.endsWith('fail'));
    expect(failed('CONNECTION_REFUSED', null)).toEqual(['link fail']);
    expect(failed('SSH_AUTHENTICATION_FAILED')).toEqual(['login fail']);
    expect(failed('SUDO_REFUSED')).toEqual(['find fail']);
    expect(failed('CONNECTION_REFUSED')).toEqual(['api fail']);
    expect(failed('CERTIFICATE_EXPIRED')).toEqual(['api fail']);
    expect(failed('KUBERNETES_FORBIDDEN')).toEqual(['nodes fail']);
    expect(failed('SOMETHING_NEW')).toEqual(['api fail']);
  });

  it('puts a failure at the first row where a way has no such step', () => {
    const state: TrialState = { kind: 'failed', problem: problem('SSH_AUTHENTICATION_FAILED'), linkMs: null };
    expect(results(state, 'sandbox')).toEqual(['api fail', 'nodes skipped']);
  });

  it('warns of what is unsafe without failing', () => {
    const rows = trialRows('ssh', { kind: 'passed', trial, linkMs: 80 }, now);
    expect(rows.map(({ result }) => result)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'warn', 'warn']);
    expect(rows.map(({ latencyMs }) => latencyMs).slice(0, 4)).toEqual([80, null, 200, 40]);
  });

  it('counts whole days', () => {
    expect(daysLeft('2026-01-02T12:00:00Z', now)).toBe(1);
    expect(daysLeft('2025-12-31T23:00:00Z', now)).toBe(-1);
    expect(daysLeft(null, now)).toBeNull();
  });
});
