import { EventBacklog } from './event-backlog.js';
import type { EventTopic } from './event-topics.js';

const backlogOf = (...topics: EventTopic[]): EventBacklog => new EventBacklog(new Set(topics));

describe('what waits for a reader', () => {
  it('is kept once per server, in its first place, with its oldest sequence', () => {
    const backlog = backlogOf('servers');
    backlog.addServer('a', 'seen', 1);
    backlog.addServer('b', 'seen', 2);
    backlog.addServer('a', 'seen', 3);
    expect(backlog.settledAt(3)).toBe(0);
    expect(backlog.take('seen')).toMatchObject({ serverId: 'a', seq: 1 });
    expect(backlog.settledAt(3)).toBe(1);
    expect(backlog.take('seen')).toMatchObject({ serverId: 'b' });
    expect(backlog.take('seen')).toBeUndefined();
    expect(backlog.settledAt(3)).toBe(3);
  });

  it('moves up when it becomes more urgent, and never down', () => {
    const backlog = backlogOf('servers', 'pods');
    backlog.addServer('a', 'aged', 1);
    backlog.addServer('a', 'seen', 2);
    backlog.addServer('a', 'done', 3);
    backlog.addServer('a', 'aged', 4);
    backlog.addPod('a', 'p', 'aged', 5);
    backlog.addPod('a', 'p', 'done', 6);
    expect(backlog.takeAges(10)).toEqual([]);
    expect(backlog.take('seen')).toBeUndefined();
    expect(backlog.settledAt(6)).toBe(0);
    expect(backlog.take('done')).toMatchObject({ serverId: 'a', podId: null, seq: 1 });
    expect(backlog.take('done')).toMatchObject({ podId: 'p', seq: 5 });
    expect(backlog.size).toBe(0);
  });

  it('is only what the reader asked for', () => {
    const fleet = backlogOf('fleet');
    fleet.addServer('a', 'done', 1);
    fleet.addPod('a', 'p', 'done', 1);
    fleet.addHint('a', 'done', 1);
    fleet.addRemoval({ event: 'server-removed', data: '{}', seq: 1 });
    fleet.addRemoval({ event: 'pod-removed', data: '{}', seq: 1 });
    expect(fleet.size).toBe(0);
  });

  it('hints at pods for those who follow servers and not pods', () => {
    const [servers, both] = [backlogOf('servers'), backlogOf('servers', 'pods')];
    for (const backlog of [servers, both]) {
      backlog.addHint('a', 'seen', 1);
      backlog.addHint('a', 'done', 2);
    }
    expect(both.size).toBe(0);
    expect(servers.settledAt(2)).toBe(0);
    expect(servers.takeHints('done', 10)).toEqual(['a']);
    expect(servers.takeHints('seen', 10)).toEqual([]);
  });

  it('is bounded: beyond 2,000 pods it hints at their servers, but tells what somebody did', () => {
    const backlog = backlogOf('pods');
    for (let pod = 0; pod < 100_000; pod += 1) backlog.addPod(`s${pod % 10}`, `p${pod}`, 'seen', pod + 1);
    backlog.addPod('s0', 'launched', 'done', 100_001);
    expect(backlog.size).toBe(2_000 + 10 + 1);
    expect(backlog.takeHints('seen', 100)).toHaveLength(10);
    expect(backlog.take('done')).toMatchObject({ podId: 'launched' });
  });

  it('is given up when too many removals wait, and says so once', () => {
    const backlog = backlogOf('pods');
    for (let seq = 1; seq <= 5_001; seq += 1) backlog.addRemoval({ event: 'pod-removed', data: '{}', seq });
    expect(backlog.size).toBe(0);
    expect(backlog.takeLoss()).toBe(true);
    expect(backlog.takeLoss()).toBe(false);
  });
});
