import { initialObservation } from '../../src/domain/observation.js';
import { type Berth, startBerth } from '../support/app.js';
import { EventReader } from '../support/events.js';
import { anEntry, anObservation, aPod, aServer, AT } from '../support/state-fixtures.js';

const CHANGE = { actor: 'test', reason: 'test' };

const idOf = (data: unknown): unknown => (data as { id: unknown }).id;

describe('the event stream', () => {
  let berth: Berth;
  const readers: EventReader[] = [];
  beforeEach(async () => {
    berth = await startBerth({ env: { BERTH_HEALTH_IS_ENABLED: 'false', BERTH_REFRESH_IS_ENABLED: 'false' } });
  });
  afterEach(async () => {
    await Promise.all(readers.splice(0).map((reader) => reader.cancel()));
    await berth.close();
  });

  const open = async (headers: Record<string, string> = {}, path = '/api/v1/events'): Promise<EventReader> => {
    const reader = new EventReader(await berth.fetch(path, { headers }));
    readers.push(reader);
    return reader;
  };
  const addServer = (id: string): Promise<void> =>
    berth.state.update(CHANGE, (draft) => {
      Object.assign(draft.servers, { [id]: { ...anEntry(id), server: aServer(id, { isPaused: true }) } });
    });
  const addPod = (id: string, serverId: string): Promise<void> =>
    berth.state.update(CHANGE, (draft) => {
      Object.assign(draft.servers[serverId]!.pods, { [id]: aPod(id, serverId) });
    });

  it('answers HEAD at once, and takes no place for it', async () => {
    const response = await berth.fetch('/api/v1/events', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  });

  it('begins with the fleet and an id to resume from', async () => {
    const first = await (await open()).next();
    expect(first.event).toBe('fleet');
    expect(first.id).toMatch(/^[\w-]+-\d+$/);
  });

  it('tells of a new server, its pods, and their removal', async () => {
    const reader = await open();
    await addServer('a');
    expect(idOf((await reader.next(({ event }) => event === 'server')).data)).toBe('a');
    await addPod('p', 'a');
    expect(idOf((await reader.next(({ event }) => event === 'pod')).data)).toBe('p');
    await berth.state.update(CHANGE, (draft) => {
      delete draft.servers['a']!.pods['p'];
    });
    expect((await reader.next(({ event }) => event === 'pod-removed')).data).toEqual({ id: 'p', serverId: 'a' });
    await berth.state.update(CHANGE, (draft) => {
      delete draft.servers['a'];
    });
    expect((await reader.next(({ event }) => event === 'server-removed')).data).toEqual({ id: 'a' });
  });

  it('tells of facts that jobs observe', async () => {
    await addServer('a');
    const reader = await open();
    berth.state.observe('a', () => initialObservation(AT, 'Online'));
    expect((await reader.next(({ event }) => event === 'server')).data).toMatchObject({ id: 'a' });
  });

  it('tells many changes of one server as one', async () => {
    const reader = await open();
    await addServer('a');
    for (let count = 0; count < 50; count += 1) berth.state.observe('a', () => initialObservation(AT, 'Online'));
    await addServer('b');
    await reader.next(({ event, data }) => event === 'server' && idOf(data) === 'b');
    expect(reader.seen.filter(({ event, data }) => event === 'server' && idOf(data) === 'a').length).toBeLessThan(5);
  });

  it('tells a pod again only when its view has changed', async () => {
    await addServer('a');
    await addPod('p', 'a');
    const reader = await open();
    await addPod('q', 'a');
    await reader.next(({ event, data }) => event === 'pod' && idOf(data) === 'q');
    await addPod('r', 'a');
    await reader.next(({ event, data }) => event === 'pod' && idOf(data) === 'r');
    expect(reader.seen.filter(({ event, data }) => event === 'pod' && idOf(data) === 'q')).toHaveLength(1);
  });

  it.each(['the header', 'the query'])('goes on after the last id from %s', async (where) => {
    await addServer('a');
    await addServer('gone');
    await addPod('gone-pod', 'a');
    const before = await open();
    const { id } = await before.next();
    await addServer('b');
    await addPod('p', 'b');
    await berth.state.update(CHANGE, (draft) => {
      delete draft.servers['gone'];
      delete draft.servers['a']!.pods['gone-pod'];
    });
    const after =
      where === 'the header'
        ? await open({ 'last-event-id': id })
        : await open({}, `/api/v1/events?lastEventId=${encodeURIComponent(id)}`);
    await after.next(({ event }) => event === 'fleet');
    const told = after.seen.map(({ event, data }) => `${event} ${String(idOf(data))}`);
    expect(told).toEqual(expect.arrayContaining(['server-removed gone', 'pod-removed gone-pod', 'server b', 'pod p']));
    expect(told).not.toContain('reset undefined');
    expect(Number(after.seen.at(-1)!.id.split('-').at(-1))).toBeGreaterThan(Number(id.split('-').at(-1)));
  });

  it('tells nothing again to a reader that has missed nothing', async () => {
    await addServer('a');
    const before = await open();
    const { id } = await before.next();
    const after = await open({ 'last-event-id': id });
    await after.next();
    expect(after.seen.map(({ event }) => event)).toEqual(['fleet']);
  });

  it.each(['another-life-7', 'AAAAAAAA-0', 'nonsense', '999999999999999999'])(
    'asks the reader with the id %s to read everything again',
    async (id) => {
      const reader = await open({ 'last-event-id': id });
      expect((await reader.next()).event).toBe('reset');
    },
  );

  it('asks a reader from the future to read everything again', async () => {
    const { id } = await (await open()).next();
    const reader = await open({ 'last-event-id': id.replace(/\d+$/, '900000') });
    expect((await reader.next()).event).toBe('reset');
  });

  it('tells only what the topics name, with a hint about pods for those who follow servers', async () => {
    const reader = await open({}, '/api/v1/events?topics=fleet,servers');
    await addServer('a');
    await addPod('p', 'a');
    const hint = await reader.next(({ event, data }) => event === 'pods' && JSON.stringify(data).includes('"a"'));
    expect(hint.data).toEqual({ serverIds: ['a'] });
    const pods = await open({}, '/api/v1/events?topics=pods');
    await addPod('q', 'a');
    await pods.next(({ event }) => event === 'pod');
    expect(pods.seen.map(({ event }) => event)).toEqual(['pod']);
    expect(reader.seen.map(({ event }) => event)).not.toContain('pod');
  });

  it('hints at a pod of others that comes', async () => {
    await addServer('a');
    berth.state.observe('a', () => anObservation(2));
    const reader = await open({}, '/api/v1/events?topics=servers');
    berth.state.observe('a', () => anObservation(3));
    expect((await reader.next(({ event }) => event === 'pods')).data).toEqual({ serverIds: ['a'] });
  });

  it('gives a reader without the fleet an id to resume from', async () => {
    await addServer('a');
    const reader = await open({}, '/api/v1/events?topics=servers');
    await addServer('b');
    await reader.next();
    expect(reader.text).toMatch(/^id: [\w-]+-\d+\n\n/);
  });

  it.each(['nodes', 'fleet,', '', 'Fleet'])('refuses the topics "%s"', async (topics) => {
    const response = await berth.fetch(`/api/v1/events?topics=${topics}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'INVALID_REQUEST', errors: [{ field: 'topics' }] });
  });

  it('asks a reader who missed too much to read everything again', async () => {
    const before = await open();
    const { id } = await before.next();
    await berth.state.update(CHANGE, (draft) => {
      for (let each = 0; each < 400; each += 1) {
        Object.assign(draft.servers, {
          [`s${each}`]: { ...anEntry(`s${each}`), server: aServer(`s${each}`, { isPaused: true }) },
        });
      }
    });
    const after = await open({ 'last-event-id': id });
    await after.next(({ event }) => event === 'fleet');
    expect(after.seen.map(({ event }) => event)).toEqual(['reset', 'fleet']);
  });

  it('refuses an id that is too long', async () => {
    const response = await berth.fetch(`/api/v1/events?lastEventId=${'x'.repeat(65)}`);
    expect(response.status).toBe(400);
  });

  it('ends with a word on when to come back, and does not keep a stop waiting', async () => {
    const reader = await open();
    await reader.next();
    const stopped = berth.app.stop();
    await reader.end();
    await stopped;
    expect(reader.text).toMatch(/retry: \d+\n\n$/);
  });
});
