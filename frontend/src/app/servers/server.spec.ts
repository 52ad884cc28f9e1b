import { describe, expect, it } from 'vitest';
import type { ClusterPodDto } from '../api/models/cluster-pod-dto';
import type { ServerDto } from '../api/models/server-dto';
import type { ServerSamplesDto } from '../api/models/server-samples-dto';
import { checkEdit, editBody, editDraftOf } from './edit-draft';
import { capacityHistories, capacityWords, instants, latencyWords, spread } from './history';
import { noticeOf } from './server-notice';
import { filterPods } from './server-pod-filter';

const NOTHING = { cpus: 0, memoryGiB: 0, storageGiB: 0, gpus: 0 };

function server(change: Partial<ServerDto> = {}): ServerDto {
  return {
    id: '1',
    name: 'lab-1',
    tags: ['gpu', 'team=vision'],
    location: 'Basel',
    state: 'Online',
    code: '',
    message: '',
    since: '',
    pods: { managed: 2, foreign: 0 },
    refreshError: null,
    isRemoving: false,
    isPaused: false,
    healthIntervalSeconds: null,
    refreshIntervalSeconds: 60,
    ...change,
  } as ServerDto;
}

describe('noticeOf', () => {
  it('says nothing when all is well', () => expect(noticeOf(server())).toBeNull());

  it('explains every other state in whole sentences', () => {
    for (const state of ['Connecting', 'Degraded', 'Offline', 'HostKeyChanged', 'Paused'] as const) {
      const notice = noticeOf(server({ state, message: 'The machine is silent.' }));
      expect(notice?.lines.length).toBeGreaterThan(0);
      for (const line of notice?.lines ?? []) expect(line).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('tells a failed refresh of a server that is online, and a removal before any state', () => {
    expect(noticeOf(server({ refreshError: 'No.' }))?.tone).toBe('warn');
    expect(noticeOf(server({ isRemoving: true, state: 'Offline' }))?.lines[0]).toContain('2 pods are still');
  });
});

describe('filterPods', () => {
  const pod = (name: string, change: Partial<ClusterPodDto> = {}): ClusterPodDto => ({
    name,
    namespace: 'kube-system',
    nodeName: 'node-1',
    phase: 'Running',
    podId: null,
    isOrphan: false,
    amounts: NOTHING,
    usage: null,
    ...change,
  });
  const pods = [
    pod('coredns'),
    pod('web', { namespace: 'berth', podId: '7' }),
    pod('api', { phase: 'Pending', nodeName: null }),
  ];
  const names = (text: string, owner: 'all' | 'managed' | 'foreign' = 'all') =>
    filterPods(pods, text, owner).map(({ name }) => name);

  it("puts Berth's pods first", () => expect(names('')).toEqual(['web', 'api', 'coredns']));
  it('finds every word somewhere', () => {
    expect(names('KUBE run')).toEqual(['coredns']);
    expect(names('node-1')).toEqual(['web', 'coredns']);
    expect(names('kube absent')).toEqual([]);
  });
  it('tells managed from foreign', () => {
    expect(names('', 'managed')).toEqual(['web']);
    expect(names('', 'foreign')).toEqual(['api', 'coredns']);
  });
});

describe('an edit', () => {
  it('sends nothing when nothing was changed', () => {
    expect(editBody(editDraftOf(server()), server())).toEqual({});
  });

  it('sends only what differs', () => {
    const draft = { ...editDraftOf(server()), tags: 'gpu', location: ' Bern ', healthIntervalSeconds: '15' };
    expect(editBody(draft, server())).toEqual({ tags: ['gpu'], location: 'Bern', healthIntervalSeconds: 15 });
  });

  it('refuses what Berth would refuse', () => {
    const draft = editDraftOf(server());
    const errors = (change: Partial<typeof draft>) =>
      Object.keys(checkEdit({ ...draft, ...change }, new Set(['lab-2'])));
    expect(errors({})).toEqual([]);
    expect(errors({ name: 'Lab-2' })).toEqual(['name']);
    expect(errors({ healthIntervalSeconds: '0' })).toEqual(['healthIntervalSeconds']);
    expect(errors({ refreshIntervalSeconds: '' })).toEqual([]);
  });

  it('takes an interval that is emptied back to the default', () => {
    const set = server({ healthIntervalSeconds: 5, refreshIntervalSeconds: 60 });
    const draft = { ...editDraftOf(set), healthIntervalSeconds: ' ', refreshIntervalSeconds: '90' };
    expect(editBody(draft, set)).toEqual({ healthIntervalSeconds: null, refreshIntervalSeconds: 90 });
  });
});

describe('the history', () => {
  const share = { allocatable: [8, 8, 8], reserved: [1, 2, 1], foreign: [0.5, 0.5, null] };
  const none = { allocatable: [0, 0, 0], reserved: [0, 0, 0], foreign: [0, 0, 0] };
  const samples: ServerSamplesDto = {
    from: '2026-01-01T00:00:00.000Z',
    intervalSeconds: 15,
    capacity: {
      cpus: { ...share, used: [0.2, 0.4, null] },
      memoryGiB: { ...share, used: [null, null, null] },
      storageGiB: share,
      gpus: none,
    },
    latencyMs: { link: [3, null, 5.4], api: [null, null, null] },
  };

  it('leaves out what the server does not have, and use that was never measured', () => {
    const histories = capacityHistories(samples);
    expect(histories.map(({ resource }) => resource)).toEqual(['cpus', 'memoryGiB', 'storageGiB']);
    expect(histories.map(({ used }) => used !== null)).toEqual([true, false, false]);
  });

  it('says the same in words, from the last moment that is known', () => {
    const words = capacityHistories(samples).map(capacityWords);
    expect(words[0]).toBe('2.5 cores of 8 cores claimed at the end, at most 2.5 cores; used at most 0.4 cores.');
    expect(words[1]).toBe('2.5 GiB of 8 GiB claimed at the end, at most 2.5 GiB.');
    expect(latencyWords(samples)).toBe('Connection 5 ms at the end, at most 5 ms.');
    expect(latencyWords({ ...samples, latencyMs: { link: [null], api: [null] } })).toContain('No check');
  });

  it('has the instant of every number', () => {
    expect(instants(samples, 3).map((at) => new Date(at).toISOString().slice(17, 19))).toEqual(['00', '15', '30']);
  });

  it('spreads the rows of a table evenly and ends with the newest', () => {
    expect(spread(3, 12)).toEqual([0, 1, 2]);
    expect(spread(240, 4)).toEqual([59, 119, 179, 239]);
    expect(spread(0, 4)).toEqual([]);
  });
});
