import { describe, expect, it } from 'vitest';
import type { TrialDto } from '../api/models/trial-dto';
import type { TrialStepDto } from '../api/models/trial-step-dto';
import type { Problem } from '../live/problem';
import { daysLeft } from './certificate-days';
import { DraftForm } from './draft-form';
import { comparePasted, fingerprintCommand, sshPlace } from './fingerprint';
import { connectionBody, newServerDraft, reachBody, registerBody, type ServerDraft, splitTags } from './server-draft';
import { checkServerDraft, draftErrorsOf, REACH_FIELDS } from './server-draft-checks';
import { trialRows, type TrialState } from './trial-rows';
import { readTrial } from './trial-stream';

const step = (name: TrialStepDto['step'], latencyMs: number): TrialStepDto => ({ step: name, latencyMs });

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

describe('the answer of a trial', () => {
  const lines = (...events: readonly [string, unknown][]) =>
    events.map(([type, data]) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  async function* pieces(text: string, size: number): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  }

  it('is told step by step, in whatever pieces it arrives', async () => {
    const text = lines(['step', step('link', 1)], ['step', step('login', 2)], ['trial', { steps: [], facts: {} }]);
    for (const size of [1, 7, 1_000]) {
      const seen: TrialStepDto[] = [];
      const end = await readTrial(pieces(text, size), (each) => seen.push(each));
      expect(seen).toEqual([step('link', 1), step('login', 2)]);
      expect(end.kind).toBe('passed');
    }
  });

  it('is a problem when it says so, and when it breaks off', async () => {
    const wrong = { code: 'SUDO_REFUSED', status: 424, title: 'sudo refused', detail: 'd', hint: 'h' };
    const told = await readTrial(pieces(lines(['step', step('link', 1)], ['problem', wrong]), 50), () => undefined);
    expect(told).toMatchObject({ kind: 'failed', isTried: true, problem: { code: 'SUDO_REFUSED', status: 424 } });
    const cut = await readTrial(pieces(lines(['step', step('link', 1)]), 50), () => undefined);
    expect(cut).toMatchObject({ kind: 'failed', problem: { code: 'NO_ANSWER' } });
  });
});

describe('the rows of a trial', () => {
  const facts = { isRbacOn: false, certificateExpiresAt: '2026-01-11T00:00:00Z', isTunnelled: true };
  const trial: TrialDto = {
    steps: [
      step('link', 80),
      step('login', 300),
      step('find', 200),
      step('open', 1),
      step('api', 40),
      step('nodes', 30),
    ],
    facts: { ...facts, kubernetesVersion: 'v1.36.4', clusterUid: '', kubeconfigSource: 'microk8s config -l' },
  };
  const now = Date.parse('2026-01-01T00:00:00Z');
  const results = (state: TrialState, way: ServerDraft['way'] = 'ssh') =>
    trialRows(way, state, now).map((row) => `${row.id} ${row.result}`);

  it('move on with each step that is passed', () => {
    expect(results({ kind: 'running', steps: [] })[0]).toBe('link running');
    expect(results({ kind: 'running', steps: [step('link', 80)] }).slice(0, 3)).toEqual([
      'link pass',
      'login running',
      'find waiting',
    ]);
    const latencies = trialRows('ssh', { kind: 'running', steps: [step('link', 80)] }, now).map((row) => row.latencyMs);
    expect(latencies).toEqual([80, null, null, null, null]);
  });

  it('take a way that is open for the steps that led to it', () => {
    const open = { kind: 'running', steps: [step('open', 0)] } as const;
    expect(results(open)).toEqual(['link pass', 'login pass', 'find pass', 'api running', 'nodes waiting']);
    expect(results(open, 'kubeconfig')).toEqual(['find pass', 'link pass', 'api running', 'nodes waiting']);
    expect(results(open, 'sandbox')).toEqual(['api running', 'nodes waiting']);
  });

  it('tell which step failed, and that none was tried when the request itself was wrong', () => {
    const failed = (passed: TrialState & { kind: 'running' }) =>
      results({ ...passed, kind: 'failed', problem: problem('X'), isTried: true }).find((row) => row.endsWith('fail'));
    const names = ['link', 'login', 'find', 'api', 'nodes'];
    for (let count = 0; count < names.length; count += 1) {
      const steps = trial.steps.filter(({ step: name }) => name !== 'open').slice(0, count);
      expect(failed({ kind: 'running', steps })).toBe(`${names[count]} fail`);
    }
    const refused = { kind: 'failed', problem: problem('INVALID_REQUEST'), steps: [], isTried: false } as const;
    expect(new Set(results(refused).map((row) => row.split(' ')[1]))).toEqual(new Set(['skipped']));
  });

  it('warn of what is unsafe without failing', () => {
    const rows = trialRows('ssh', { kind: 'passed', trial }, now);
    expect(rows.map(({ result }) => result)).toEqual(['pass', 'pass', 'pass', 'pass', 'pass', 'warn', 'warn']);
    expect(rows.map(({ latencyMs }) => latencyMs).slice(0, 5)).toEqual([80, 300, 200, 40, 30]);
  });

  it('counts whole days', () => {
    expect(daysLeft('2026-01-02T12:00:00Z', now)).toBe(1);
    expect(daysLeft('2025-12-31T23:00:00Z', now)).toBe(-1);
    expect(daysLeft(null, now)).toBeNull();
  });
});
