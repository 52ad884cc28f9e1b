import { setImmediate as settled } from 'node:timers/promises';
import { JobRig } from '../../test/support/job-rig.js';
import { sandboxServer } from '../../test/support/server-record.js';
import { BerthError, ClusterError } from '../domain/errors.js';
import { initialObservation, pictureOf } from '../domain/observation.js';
import type { ConnectionFacts, HealthCheck, ServerObservation, ServerState, ServerStatus } from '../domain/server.js';
import type { ProbeReport } from '../providers/cluster-provider.js';
import { ageInWords } from './age-in-words.js';
import { examine, type Findings, type Look } from './health-checks.js';
import { HealthMonitor } from './health-monitor.js';
import { judge, NO_STRIKES, type Verdict } from './health-policy.js';

const LIMITS = { strikesDown: 3, strikesUp: 2 };
const VERDICTS: Record<string, Verdict> = {
  '+': { kind: 'up' },
  '~': { kind: 'degraded', code: 'KUBERNETES_UNAVAILABLE', message: 'a node is not ready' },
  '-': { kind: 'down', code: 'CONNECTION_TIMEOUT', message: 'no answer' },
  '!': { kind: 'unusable', code: 'CLUSTER_CHANGED', message: 'another cluster' },
  k: { kind: 'host-key-changed', message: 'another key' },
};

/** The status after a row of verdicts, one letter each; `at` is the number of the verdict. */
function after(start: ServerState, row: string): ServerStatus {
  let status: ServerStatus = { state: start, code: '', message: '', since: '0' };
  let strikes = NO_STRIKES;
  row.split('').forEach((letter, index) => {
    ({ status, strikes } = judge(status, strikes, VERDICTS[letter]!, LIMITS, String(index + 1)));
  });
  return status;
}

describe('the health policy', () => {
  it.each<[string, ServerState, string, ServerState]>([
    ['the first success connects at once', 'Connecting', '+', 'Online'],
    ['a resumed server is online with its first success', 'Paused', '+', 'Online'],
    ['a blip is not a death', 'Online', '--', 'Online'],
    ['a blip is forgotten by a success', 'Online', '--+--+--', 'Online'],
    ['the third failure in a row is a death', 'Online', '---', 'Offline'],
    ['a degraded server dies as slowly', 'Degraded', '--', 'Degraded'],
    ['a degraded server dies too', 'Degraded', '---', 'Offline'],
    ['a server that never answered is not offline at once', 'Connecting', '--', 'Connecting'],
    ['a server that never answered is offline in the end', 'Connecting', '---', 'Offline'],
    ['one success after a death proves nothing', 'Offline', '+', 'Offline'],
    ['two successes after a death do', 'Offline', '++', 'Online'],
    ['successes must be in a row', 'Offline', '+-+', 'Offline'],
    ['a server comes back as degraded when it is', 'Offline', '~~', 'Degraded'],
    ['what the cluster says counts at once', 'Online', '~', 'Degraded'],
    ['and is over at once', 'Degraded', '+', 'Online'],
    ['a changed host key counts at once', 'Online', 'k', 'HostKeyChanged'],
    ['the alarm is not replaced by silence', 'Online', 'k-----', 'HostKeyChanged'],
    ['the alarm does not end with one success', 'HostKeyChanged', '+', 'HostKeyChanged'],
    ['the alarm ends when the confirmed key is back for good', 'HostKeyChanged', '++', 'Online'],
    ['a dead server can show another key', 'Offline', 'k', 'HostKeyChanged'],
    ['another cluster counts at once', 'Online', '!', 'Offline'],
    ['another cluster does not end the alarm', 'HostKeyChanged', '!', 'HostKeyChanged'],
  ])('%s', (_, start, row, state) => {
    expect(after(start, row).state).toBe(state);
  });

  it('moves `since` only with the state, and clears code and message with the trouble', () => {
    expect(after('Online', '-----')).toEqual({
      state: 'Offline',
      code: 'CONNECTION_TIMEOUT',
      message: 'no answer',
      since: '3',
    });
    expect(after('Online', '---!')).toMatchObject({ code: 'CLUSTER_CHANGED', since: '3' });
    expect(after('Online', '---++')).toEqual({ state: 'Online', code: '', message: '', since: '5' });
  });

  it('shows why a new server does not connect while it still counts strikes', () => {
    expect(after('Connecting', '-')).toEqual({
      state: 'Connecting',
      code: 'CONNECTION_TIMEOUT',
      message: 'no answer',
      since: '0',
    });
  });
});

describe('the health checks', () => {
  const NOW = Date.parse('2026-11-23T09:00:00.000Z');
  const facts: ConnectionFacts = {
    kubernetesVersion: 'v1.36.0',
    clusterUid: 'uid-1',
    isTunnelled: true,
    isRbacOn: true,
    certificateExpiresAt: null,
    kubeconfigSource: '',
  };
  const alive = (some: Partial<ConnectionFacts> = {}): Look['outcome'] => {
    const steps: ProbeReport['steps'] = [
      { step: 'link', latencyMs: 3 },
      { step: 'api', latencyMs: 5 },
    ];
    return { isAlive: true, report: { steps, facts: { ...facts, ...some } } };
  };
  const { nodes } = new JobRig().worlds
    .get('x', { ...sandboxServer('x').connection, nodeCount: 3 } as never)
    .snapshot();
  const seenAgo = (ms: number, some: Partial<ServerObservation> = {}): ServerObservation => ({
    ...initialObservation('2026-11-23T08:00:00.000Z'),
    resources: pictureOf(nodes, [], new Date(NOW - ms).toISOString()),
    ...some,
  });
  const look = (some: Partial<Look>): Findings =>
    examine({
      server: sandboxServer('a'),
      outcome: alive(),
      seen: seenAgo(0),
      nowMs: NOW,
      staleAfterMs: 180_000,
      ...some,
    });
  const results = ({ checks }: Findings): Record<string, HealthCheck['result']> =>
    Object.fromEntries(checks.map((check) => [check.name, check.result]));

  it('pass when all is well', () => {
    const found = look({});
    expect(results(found)).toEqual({ link: 'pass', api: 'pass', nodes: 'pass', pods: 'pass' });
    expect(found.verdict).toEqual({ kind: 'up' });
    expect(found.checks.map((check) => check.latencyMs)).toEqual([3, 5, null, null]);
  });

  it.each([
    ['CONNECTION_TIMEOUT', {}, { link: 'fail', api: 'skipped' }],
    ['SSH_AUTHENTICATION_FAILED', {}, { link: 'fail', api: 'skipped' }],
    ['KUBERNETES_UNAUTHORIZED', {}, { link: 'pass', api: 'fail' }],
    ['CERTIFICATE_EXPIRED', {}, { link: 'pass', api: 'fail' }],
    ['CONNECTION_REFUSED', { step: 'api' }, { link: 'pass', api: 'fail' }],
  ] as const)('find the step that failed with %s %j', (code, details, expected) => {
    const error = new ClusterError(code, 'It failed.', 'refused', details);
    const found = look({ outcome: { isAlive: false, error } });
    expect(results(found)).toEqual({ ...expected, nodes: 'skipped', pods: 'skipped' });
    expect(found.verdict).toMatchObject({ kind: 'down', code });
  });

  it('say what to do, with the hint of the catalogue', () => {
    const error = new BerthError('CONNECTION_REFUSED', 'Nobody listens on port 22.');
    expect(look({ outcome: { isAlive: false, error } }).verdict).toMatchObject({
      message: 'Nobody listens on port 22. Check that the service runs on this port.',
    });
  });

  it('make an alarm of a changed host key', () => {
    const error = new ClusterError('HOST_KEY_CHANGED', 'It is another key.', 'refused');
    expect(look({ outcome: { isAlive: false, error } }).verdict.kind).toBe('host-key-changed');
  });

  it('do not take another cluster for the one that was registered', () => {
    const server = sandboxServer('a', { clusterUid: 'uid-0' });
    expect(look({ server }).verdict).toMatchObject({ kind: 'unusable', code: 'CLUSTER_CHANGED' });
    expect(look({ server, outcome: alive({ clusterUid: '' }) }).verdict.kind).toBe('up');
  });

  it('degrade a server with a node that is not ready, and name it', () => {
    const [first, ...rest] = nodes;
    const resources = pictureOf([{ ...first!, isReady: false }, ...rest], [], new Date(NOW).toISOString());
    const found = look({ seen: { ...seenAgo(0), resources } });
    expect(found.verdict).toMatchObject({ kind: 'degraded' });
    expect(found.checks[2]).toMatchObject({
      result: 'warn',
      message: expect.stringContaining('1 of 3 nodes not ready: sandbox-1'),
    });
  });

  it('degrade a server whose picture is old, and tell its age', () => {
    expect(look({ seen: seenAgo(180_000) }).verdict.kind).toBe('up');
    const refreshError = { code: 'KUBERNETES_FORBIDDEN', message: 'nodes is forbidden', at: '' };
    const found = look({ seen: seenAgo(260_000, { refreshError }) });
    expect(found.verdict).toEqual({
      kind: 'degraded',
      code: 'KUBERNETES_FORBIDDEN',
      message: 'Nodes and pods were last seen 4 minutes ago. nodes is forbidden',
    });
    expect(results(found)).toMatchObject({ nodes: 'warn', pods: 'warn' });
  });

  it('skip nodes that were not read yet, and fail when they cannot be read', () => {
    expect(look({ seen: initialObservation('') }).verdict.kind).toBe('up');
    const refreshError = { code: 'KUBERNETES_FORBIDDEN', message: 'nodes is forbidden.', at: '' };
    const found = look({ seen: { ...initialObservation(''), refreshError } });
    expect(results(found)).toMatchObject({ nodes: 'fail', pods: 'skipped' });
    expect(found.verdict.kind).toBe('degraded');
  });

  it.each([
    [{ isRbacOn: false }, 'RBAC is off'],
    [{ certificateExpiresAt: '2026-12-03T09:00:00.000Z' }, 'ends in 10 days'],
    [{ certificateExpiresAt: '2026-11-20T09:00:00.000Z' }, 'has ended'],
  ])('warn of %j without degrading the server', (some, words) => {
    const found = look({ outcome: alive(some) });
    expect(found.checks[1]).toMatchObject({ result: 'warn', message: expect.stringContaining(words) });
    expect(found.verdict.kind).toBe('up');
  });

  it('do not warn of a certificate that lasts', () => {
    expect(results(look({ outcome: alive({ certificateExpiresAt: '2026-12-08T09:00:00.000Z' }) })).api).toBe('pass');
  });

  it.each([
    [400, 'less than a second'],
    [1_999, '1 second'],
    [90_000, '90 seconds'],
    [260_000, '4 minutes'],
    [7_200_000, '2 hours'],
    [200_000_000, '2 days'],
  ])('tell %i ms as %s', (ms, words) => expect(ageInWords(ms)).toBe(words));
});

describe('HealthMonitor', () => {
  class Rig extends JobRig {
    readonly monitor = new HealthMonitor(this.state, this.clusters, this.settings, this.clock, this.liveness);

    async probe(id: string): Promise<void> {
      this.clock.advance(30_000);
      await this.monitor.runNow(id);
    }

    stateOf(id: string): string | undefined {
      return this.seen(id)?.status.state;
    }
  }

  it('brings a new server online with its first probe, with checks, facts and latency', async () => {
    const rig = new Rig();
    rig.monitor.start();
    await rig.put('a');
    await rig.until(() => rig.stateOf('a') === 'Online');
    expect(rig.seen('a')).toMatchObject({
      facts: { kubernetesVersion: 'v1.36.0' },
      checkedAt: '2026-11-23T09:00:00.000Z',
    });
    expect(rig.seen('a')?.checks.map((check) => check.name)).toEqual(['link', 'api', 'nodes', 'pods']);
    expect(rig.seen('a')?.latencyHistory).toHaveLength(1);
    expect(rig.monitor.status()).toMatchObject({
      name: 'health',
      isStarted: true,
      loops: [{ serverId: 'a', lastResult: 'ok' }],
    });
  });

  it('calls a server offline after three failures, probes it on, and brings it back after two successes', async () => {
    const rig = new Rig();
    await rig.put('a');
    await rig.probe('a');
    rig.faults.cut('a');
    await rig.probe('a');
    await rig.probe('a');
    expect(rig.stateOf('a')).toBe('Online');
    expect(rig.seen('a')?.checks[0]).toMatchObject({ name: 'link', result: 'fail' });
    await rig.probe('a');
    expect(rig.seen('a')?.status).toMatchObject({ state: 'Offline', code: 'CONNECTION_TIMEOUT' });
    expect(rig.monitor.status().loops[0]).toMatchObject({ lastResult: 'CONNECTION_TIMEOUT', failuresInARow: 3 });
    rig.faults.heal('a');
    await rig.probe('a');
    expect(rig.stateOf('a')).toBe('Offline');
    await rig.probe('a');
    expect(rig.stateOf('a')).toBe('Online');
    expect(rig.seen('a')?.latencyHistory.map((sample) => sample.latencyMs === null)).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
  });

  it('confirms the first sign of life of an offline server soon, not an interval later', async () => {
    const rig = new Rig();
    await rig.put('a', { healthIntervalSeconds: 3_600 });
    rig.faults.cut('a');
    for (let strike = 0; strike < 3; strike += 1) await rig.probe('a');
    rig.faults.heal('a');
    await rig.probe('a');
    expect(rig.stateOf('a')).toBe('Offline');
    rig.monitor.start();
    rig.clock.advance(2_000);
    rig.monitor.tick();
    await rig.until(() => rig.stateOf('a') === 'Online');
  });

  it('goes on at its interval while a server is offline', async () => {
    const rig = new Rig();
    await rig.put('a');
    rig.faults.cut('a');
    rig.monitor.start();
    await settled();
    for (let round = 0; round < 5; round += 1) {
      rig.clock.advance(33_000);
      rig.monitor.tick();
      await settled();
    }
    expect(rig.faults.count('a', 'probe')).toBe(6);
  });

  it('neither probes nor connects a paused server, says so, and connects it again when it is resumed', async () => {
    const rig = new Rig();
    await rig.put('a');
    rig.monitor.start();
    await rig.until(() => rig.stateOf('a') === 'Online');
    const open = rig.clusters.of(rig.state.read().servers['a']!.server);
    await rig.put('a', { isPaused: true });
    await rig.until(() => rig.stateOf('a') === 'Paused');
    await expect(open.probe({ timeoutMs: 1_000 })).rejects.toMatchObject({ code: 'CLOSED' });
    const probes = rig.faults.count('a', 'probe');
    rig.clock.advance(600_000);
    rig.monitor.tick();
    await settled();
    expect(rig.faults.count('a', 'probe')).toBe(probes);
    await expect(rig.monitor.runNow('a')).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    await rig.put('a');
    await rig.until(() => rig.stateOf('a') === 'Online');
  });

  it('drops what a probe found of a server that was paused meanwhile', async () => {
    const rig = new Rig();
    await rig.put('a');
    rig.faults.plan('a', 'probe', { kind: 'hang' });
    rig.monitor.start();
    await settled();
    await rig.put('a', { isPaused: true });
    await rig.until(() => rig.stateOf('a') === 'Paused');
    await rig.monitor.beforeApplicationShutdown();
    expect(rig.seen('a')).toMatchObject({ status: { state: 'Paused', code: '' }, checkedAt: null });
  });

  it('does not count a probe that was called off', async () => {
    const rig = new Rig();
    await rig.put('a');
    await rig.probe('a');
    rig.faults.plan('a', 'probe', ...Array.from({ length: 3 }, () => ({ kind: 'hang' }) as const));
    for (let round = 0; round < 3; round += 1) {
      rig.clock.advance(40_000);
      rig.monitor.start();
      await settled();
      rig.monitor.stop();
      await settled();
    }
    expect(rig.faults.count('a', 'probe')).toBe(4);
    expect(rig.stateOf('a')).toBe('Online');
    expect(rig.seen('a')?.checks[0]?.result).toBe('pass');
  });

  it('forgets the strikes of a server whose connection was edited', async () => {
    const rig = new Rig();
    await rig.put('a');
    await rig.probe('a');
    rig.faults.plan('a', 'probe', { kind: 'refuse', code: 'HOST_KEY_CHANGED' });
    await rig.probe('a');
    expect(rig.stateOf('a')).toBe('HostKeyChanged');
    rig.monitor.start();
    await rig.put('a', { connectionRevision: 2 });
    await rig.until(() => rig.stateOf('a') === 'Online');
  });

  it('keeps a hung server from delaying the others, and ends its probe', async () => {
    const rig = new Rig();
    await rig.put('hung');
    await rig.put('well');
    rig.faults.plan('hung', 'probe', { kind: 'hang' });
    rig.monitor.start();
    await rig.until(() => rig.stateOf('well') === 'Online');
    expect(rig.monitor.status().loops.find((loop) => loop.serverId === 'hung')?.isRunning).toBe(true);
    rig.clock.advance(16_000);
    rig.monitor.tick();
    await rig.until(() => rig.seen('hung')?.status.code === 'CONNECTION_TIMEOUT');
  });

  it('keeps as many latencies as the settings say', async () => {
    const rig = new Rig();
    await rig.put('a');
    for (let round = 0; round < rig.settings.health.latencySamples + 5; round += 1) await rig.probe('a');
    expect(rig.seen('a')?.latencyHistory).toHaveLength(rig.settings.health.latencySamples);
  });

  it('refuses to probe a server that it does not know, and tells /livez whether it is stuck', async () => {
    const rig = new Rig();
    await expect(rig.monitor.runNow('nobody')).rejects.toMatchObject({ code: 'SERVER_NOT_FOUND' });
    rig.monitor.start();
    expect(rig.liveness.checks.get('health')?.()).toBeNull();
    rig.clock.advance(60_000);
    expect(rig.liveness.checks.get('health')?.()).toMatch(/health/);
  });
});
