import type { PodDto } from '../../src/pods/pod.dto.js';
import type { AmountsDto } from '../../src/http/amounts.dto.js';
import type { ServerDto } from '../../src/servers/server.dto.js';
import { fact, imageOf, isGiven } from './facts.js';
import { agree, deleteAll, finish, NAMESPACE } from './support/agreement.js';
import { caseWith } from './support/cases.js';
import type { Cluster } from './support/cluster.js';
import { eventually } from './support/eventually.js';
import { type Launch, LiveBerth } from './support/live-berth.js';
import { registerMachine } from './support/registered.js';
import { linesOf } from './support/run-command.js';

const BUSY_CPUS = 0.3;

describe('on a node that runs containers', () => {
  let berth: LiveBerth;
  let server: ServerDto;
  let cluster: Cluster;
  let free: AmountsDto;
  let containersBefore: readonly string[] = [];

  const launch = (image: string, asked: Partial<Launch> = {}, wait = 60): Promise<PodDto> =>
    berth.launch({ image: imageOf('real', image), serverId: server.id, ...asked }, wait);

  /** Those that the node did not know before: the kubelet forgets dead ones of others meanwhile. */
  async function newContainers(): Promise<readonly string[]> {
    return (await linesOf(fact('real', 'containers'))).filter((id) => !containersBefore.includes(id));
  }

  /** Reads a followed log until it has what is looked for. */
  async function followUntil(podId: string, wanted: RegExp): Promise<string> {
    const stop = new AbortController();
    const response = await berth.open(`/api/v1/pods/${podId}/logs?follow=true&tail=1`, stop.signal);
    let text = '';
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (wanted.test(text)) break;
    }
    stop.abort();
    return text;
  }

  beforeAll(async () => {
    if (!isGiven('real')) return;
    berth = await LiveBerth.start();
    ({ server, cluster } = await registerMachine(berth, 'real'));
    free = (await berth.server(server.id)).capacity.available;
    if (isGiven('real.containers')) containersBefore = await linesOf(fact('real', 'containers'));
  });

  afterEach(async () => {
    await deleteAll(berth, server.id, cluster);
    await agree(berth, server.id, cluster);
    await eventually('the room is exactly what it was', async () => {
      expect((await berth.server(server.id)).capacity.available).toEqual(free);
      return true;
    });
  });

  afterAll(() => finish(berth, [cluster]));

  caseWith(['real'], "the container's own output arrives, whole and as it is written", async () => {
    const pod = await launch('web');
    expect(pod.state).toBe('Running');
    await eventually('it has printed', async () => /web 1 line 1\n/.test(await berth.logs(pod.id)));
    expect(await berth.logs(pod.id)).toMatch(/^web 1 line 0\nweb 1 line 1\n/);
    const lines = [...(await followUntil(pod.id, /(line \d+\n.*){3}/s)).matchAll(/web 1 line (\d+)/g)];
    expect(lines.length).toBeGreaterThanOrEqual(3);
    expect((await berth.logs(pod.id, '?since=2')).split('\n').length).toBeLessThanOrEqual(5);
  });

  caseWith(['real'], 'command, args and environment are really applied', async () => {
    const echo = await launch('web', {
      command: ['/bin/sh', '-c', 'echo "mode=$MODE first=$0"; sleep 600'],
      args: ['one two'],
      env: [{ name: 'MODE', value: 'fast $(PATH) "quoted"' }],
    });
    expect(await eventually('it has printed', async () => (await berth.logs(echo.id)) || undefined)).toContain(
      'first=one two',
    );
    expect(await berth.logs(echo.id)).toMatch(/^mode=fast .* "quoted" /);
  });

  caseWith(['real'], 'a container that takes too much memory is reported OutOfMemory, with events', async () => {
    const { id } = await launch('hog', {}, 0);
    const pod = await berth.podIn('Failing', id, 60_000);
    expect(pod).toMatchObject({ reason: 'OutOfMemory', reservation: { state: 'Bound' } });
    await eventually('it has restarted', async () => (await berth.pod(id)).restartCount > 0, 40_000);
    expect((await berth.events(id)).map(({ reason }) => reason)).toEqual(expect.arrayContaining(['Pulled', 'Started']));
  });

  caseWith(['real'], 'a container that ends is reported CrashLoop, and its last words can be read', async () => {
    const { id } = await launch('crash', {}, 0);
    await berth.podIn('Failing', id, 60_000);
    const pod = await eventually(
      'it has restarted',
      async () => {
        const found = await berth.pod(id);
        return found.restartCount > 0 && found.state === 'Failing' ? found : undefined;
      },
      40_000,
    );
    expect(pod).toMatchObject({ reason: 'CrashLoop', message: expect.stringContaining('3') as string });
    expect(await berth.logs(id, '?previous=true')).toBe('about to fail\n');
  });

  caseWith(['real'], 'an image that nobody has is reported ImagePullFailed, with events', async () => {
    const { id } = await launch('absent');
    const pod = await berth.podIn('Failing', id, 60_000);
    expect(pod).toMatchObject({ reason: 'ImagePullFailed', message: expect.stringContaining('absent') as string });
    expect(
      (await berth.events(id))
        .filter(({ type }) => type === 'Warning')
        .map(({ message }) => message)
        .join(),
    ).toContain('absent');
    expect(await berth.call('GET', `/api/v1/pods/${id}/logs`)).toMatchObject({
      status: 409,
      body: { code: 'POD_HAS_NO_LOG' },
    });
  });

  caseWith(['real.hasMetrics'], 'the CPU that it burns shows as usage', async () => {
    const pod = await launch('burn', { cpus: 0.5 });
    const used = await eventually(
      `usage is over ${BUSY_CPUS}`,
      async () => {
        const { usage } = await berth.pod(pod.id);
        return usage !== null && usage.cpus > BUSY_CPUS ? usage : undefined;
      },
      90_000,
    );
    expect(used.cpus).toBeLessThan(0.6);
  });

  caseWith(
    ['real.containers', 'real.processes'],
    'after delete no container and no process of it is left',
    async () => {
      const pod = await launch('web');
      expect(await newContainers()).not.toEqual([]);
      expect(await linesOf(fact('real', 'processes'))).not.toEqual([]);
      await berth.remove(pod.id);
      await berth.podIn('Deleted', pod.id, 40_000);
      expect(await cluster.tracesOf(NAMESPACE, pod.reservation.id)).toEqual([]);
      expect(await linesOf(fact('real', 'processes'))).toEqual([]);
      await eventually(
        'containerd has forgotten it',
        async () => {
          expect(await newContainers()).toEqual([]);
          return true;
        },
        150_000,
      );
    },
  );
});
