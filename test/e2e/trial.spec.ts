/** A trial of a connection, told step by step, over a real SSH server and a fake Kubernetes API. */
import type { Problem } from '../../src/http/problem.js';
import type { TrialDto, TrialStepDto } from '../../src/servers/server.dto.js';
import { type Berth, startBerth } from '../support/app.js';
import { makeAuthority } from '../support/certificates.js';
import { EventReader } from '../support/events.js';
import { FakeKubernetes } from '../support/fake-kubernetes/fake-kubernetes.js';
import { type SshServer, startSshServer } from '../support/ssh-server.js';

const PASSWORD = 'correct horse battery';
const ALL = ['link', 'login', 'find', 'open', 'api', 'nodes'];

describe('a trial of a connection', () => {
  let berth: Berth;
  let cluster: FakeKubernetes;
  let machine: SshServer;
  /** What the machine prints; undefined: the command hangs. */
  let config: string | undefined;

  beforeAll(async () => {
    cluster = await new FakeKubernetes({ hasMetrics: false }).start();
    machine = await startSshServer({
      password: PASSWORD,
      command: (command) => {
        if (!command.includes('microk8s')) return { code: 127 };
        return config === undefined ? undefined : { stdout: config };
      },
    });
    const apiPort = /127\.0\.0\.1:(\d+)/.exec(cluster.kubeconfig())?.[1] ?? '';
    berth = await startBerth({ env: { BERTH_NETWORK_ALLOWED_PORTS: `${machine.port},${apiPort}` } });
  });
  beforeEach(() => {
    config = cluster.kubeconfig();
  });
  afterAll(async () => {
    await berth.close();
    await machine.close();
    await cluster.stop();
  });

  /** A kubeconfig that trusts nobody who answers there. */
  const distrusting = (): string => {
    const other = Buffer.from(makeAuthority().certificatePem).toString('base64');
    return cluster.kubeconfig().replace(/(certificate-authority-data: )[\w+/=]+/, `$1${other}`);
  };
  const ssh = (password = PASSWORD) => ({
    host: '127.0.0.1',
    port: machine.port,
    username: 'lab',
    password,
    hostKeyFingerprint: machine.hostKey.fingerprint,
  });
  const follow = async (path: string, json: object, signal?: AbortSignal): Promise<EventReader> => {
    const headers = { accept: 'text/event-stream' };
    const response = await berth.fetch(path, { method: 'POST', json, headers, ...(signal && { signal }) });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    return new EventReader(response);
  };
  const ended = ({ event }: { readonly event: string }): boolean => event !== 'step';
  const steps = ({ seen }: EventReader): string[] =>
    seen.filter(({ event }) => event === 'step').map(({ data }) => (data as TrialStepDto).step);

  it('tells each step that is passed, and all of them at the end', async () => {
    const reader = await follow('/api/v1/servers/test', { ssh: ssh() });
    const { event, data } = await reader.next(ended);
    await reader.end();
    expect([event, steps(reader), (data as TrialDto).steps.map(({ step }) => step)]).toEqual(['trial', ALL, ALL]);
    expect((data as TrialDto).facts.kubeconfigSource).toBe('microk8s config -l');
  });

  it('tells a step before the next one is passed', async () => {
    config = undefined;
    const stop = new AbortController();
    const reader = await follow('/api/v1/servers/test', { ssh: ssh() }, stop.signal);
    // The machine never says where Kubernetes is.
    const { data } = await reader.next(({ data: told }) => (told as TrialStepDto).step === 'login');
    expect([steps(reader), (data as TrialStepDto).latencyMs >= 0]).toEqual([['link', 'login'], true]);
    stop.abort();
  });

  it.each<[string, { password?: string; config?: () => string }, string, string[]]>([
    ['a wrong password', { password: 'wrong' }, 'SSH_AUTHENTICATION_FAILED', ['link']],
    ['no Kubernetes', { config: () => '' }, 'KUBERNETES_NOT_FOUND', ['link', 'login']],
    ['another API', { config: distrusting }, 'CERTIFICATE_NOT_TRUSTED', ['link', 'login', 'find', 'open']],
  ])('ends with the problem after the steps that were passed: %s', async (_what, given, code, passed) => {
    config = given.config?.() ?? cluster.kubeconfig();
    const reader = await follow('/api/v1/servers/test', { ssh: ssh(given.password) });
    const { event, data } = await reader.next(ended);
    await reader.end();
    expect([event, (data as Problem).code, steps(reader)]).toEqual(['problem', code, passed]);
    expect((data as Problem).hint).toMatch(/\S/);
  });

  it('is one answer for who asks for no stream, and a problem of its own status when it fails', async () => {
    const ask = (password: string): Promise<Response> =>
      berth.fetch('/api/v1/servers/test', { method: 'POST', json: { ssh: ssh(password) } });
    const good = await ask(PASSWORD);
    expect([good.status, ((await good.json()) as TrialDto).steps.map(({ step }) => step)]).toEqual([200, ALL]);
    const bad = await ask('wrong');
    expect([bad.status, ((await bad.json()) as Problem).code]).toEqual([424, 'SSH_AUTHENTICATION_FAILED']);
  });

  it('of a wrong request is refused before anything is tried', async () => {
    const headers = { accept: 'text/event-stream' };
    const answer = await berth.fetch('/api/v1/servers/test', { method: 'POST', json: { ssh: {} }, headers });
    expect([answer.status, ((await answer.json()) as Problem).code]).toEqual([400, 'INVALID_REQUEST']);
  });

  it('of a registered server begins where its connection stands', async () => {
    const made = await berth.fetch('/api/v1/servers', { method: 'POST', json: { name: 'one', ssh: ssh() } });
    const { id } = (await made.json()) as { id: string };
    const reader = await follow(`/api/v1/servers/${id}/test`, {});
    expect((await reader.next(ended)).event).toBe('trial');
    expect(steps(reader)).toEqual(['open', 'api', 'nodes']);
    machine.reset();
    const again = await follow(`/api/v1/servers/${id}/test`, {});
    const { event } = await again.next(ended);
    // The jobs may have opened the connection again meanwhile.
    expect([event, steps(again).slice(-3)]).toEqual(['trial', ['open', 'api', 'nodes']]);
  });
});
