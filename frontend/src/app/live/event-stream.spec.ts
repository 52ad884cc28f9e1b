import { describe, expect, it } from 'vitest';
import { EventStream, type StreamState } from './event-stream';
import type { StreamHost } from './stream-host';

interface Call {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly answer: (response: Response) => void;
  readonly fail: () => void;
}

/** A browser whose network, clock and tab are moved by hand. */
class FakeHost implements StreamHost {
  readonly calls: Call[] = [];
  readonly states: StreamState[] = [];
  readonly told: string[] = [];
  readonly timers = new Map<object, { readonly at: number; readonly run: () => void }>();
  time = 0;
  hidden = false;
  visibility: () => void = () => {};

  fetch(url: string, signal: AbortSignal): Promise<Response> {
    return new Promise((answer, reject) => {
      const fail = (): void => reject(new TypeError('no network'));
      signal.addEventListener('abort', fail);
      this.calls.push({ url, signal, answer, fail });
    });
  }

  after(ms: number, run: () => void): () => void {
    const key = {};
    this.timers.set(key, { at: this.time + ms, run });
    return () => this.timers.delete(key);
  }

  now = (): number => this.time;
  random = (): number => 1;
  isHidden = (): boolean => this.hidden;
  onVisibility(run: () => void): () => void {
    this.visibility = run;
    return () => (this.visibility = () => {});
  }

  pass(ms: number): void {
    this.time += ms;
    for (const [key, timer] of this.timers) {
      if (timer.at > this.time || !this.timers.delete(key)) continue;
      timer.run();
    }
  }

  setHidden(hidden: boolean): void {
    this.hidden = hidden;
    this.visibility();
  }

  get last(): Call {
    const call = this.calls.at(-1);
    if (!call) throw new Error('nothing was asked for');
    return call;
  }

  get state(): StreamState | undefined {
    return this.states.at(-1);
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

function setUp() {
  const host = new FakeHost();
  const stream = new EventStream('/events?topics=servers', host, {
    state: (state) => host.states.push(state),
    event: ({ type, data }) => host.told.push(`${type} ${data}`),
    opened: (isResumed) => host.told.push(isResumed ? 'resumed' : 'opened'),
    failed: (status) => host.told.push(`failed ${status}`),
  });
  stream.open();
  return { host, stream };
}

function liveBody() {
  let control: ReadableStreamDefaultController<Uint8Array> | undefined;
  const body = new ReadableStream<Uint8Array>({ start: (given) => void (control = given) });
  const encoder = new TextEncoder();
  return {
    response: new Response(body),
    say: (text: string) => control?.enqueue(encoder.encode(text)),
    end: () => control?.close(),
  };
}

async function goLive(host: FakeHost) {
  const body = liveBody();
  host.last.answer(body.response);
  await settled();
  return body;
}

describe('EventStream', () => {
  it('tells events as they come', async () => {
    const { host } = setUp();
    const body = await goLive(host);
    body.say('id: a-1\nevent: server\ndata: 1\n\n');
    await settled();
    expect(host.state).toEqual({ kind: 'live' });
    expect(host.told).toEqual(['opened', 'server 1']);
  });

  it('comes back with the last id that it has seen', async () => {
    const { host } = setUp();
    const body = await goLive(host);
    body.say('id: a-1\nevent: server\ndata: 1\n\n');
    await settled();
    body.end();
    await settled();
    expect(host.state).toMatchObject({ kind: 'waiting', attempt: 1 });
    host.pass(1_000);
    expect(host.last.url).toBe('/events?topics=servers&lastEventId=a-1');
    await goLive(host);
    expect(host.told.at(-1)).toBe('resumed');
  });

  it('waits longer each time it fails, and begins again after it worked', async () => {
    const { host } = setUp();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      host.last.fail();
      await settled();
      const { state } = host;
      if (state?.kind !== 'waiting') throw new Error(`not waiting but ${state?.kind}`);
      waits.push(state.retryAt - host.time);
      host.pass(state.retryAt - host.time);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    const body = await goLive(host);
    body.end();
    await settled();
    expect(host.state).toMatchObject({ kind: 'waiting', attempt: 1 });
  });

  it('tries at once when told to', async () => {
    const { host, stream } = setUp();
    host.last.fail();
    await settled();
    stream.tryNow();
    expect(host.calls).toHaveLength(2);
    expect(host.state).toEqual({ kind: 'connecting', attempt: 1 });
  });

  it('never has two requests open', async () => {
    const { host, stream } = setUp();
    host.last.fail();
    await settled();
    stream.tryNow();
    stream.tryNow();
    host.pass(60_000);
    await settled();
    expect(host.calls.filter(({ signal }) => !signal.aborted).length).toBeLessThanOrEqual(1);
  });

  it('is closed while the tab is hidden and goes on when it is shown', async () => {
    const { host } = setUp();
    const body = await goLive(host);
    body.say('id: a-9\nevent: server\ndata: 1\n\n');
    await settled();
    host.setHidden(true);
    await settled();
    expect(host.last.signal.aborted).toBe(true);
    expect(host.state).toEqual({ kind: 'hidden' });
    host.pass(600_000);
    expect(host.calls).toHaveLength(1);
    host.setHidden(false);
    expect(host.last.url).toContain('lastEventId=a-9');
  });

  it('does not open in a hidden tab', () => {
    const host = new FakeHost();
    host.hidden = true;
    const ignore = (): void => {};
    new EventStream('/e', host, { state: ignore, event: ignore, opened: ignore, failed: ignore }).open();
    expect(host.calls).toHaveLength(0);
  });

  it('takes silence for a broken connection', async () => {
    const { host } = setUp();
    const body = await goLive(host);
    host.pass(39_000);
    body.say(': \n\n');
    await settled();
    host.pass(39_000);
    expect(host.last.signal.aborted).toBe(false);
    host.pass(1_000);
    expect(host.last.signal.aborted).toBe(true);
  });

  it('tells the status of an answer that is no stream', async () => {
    const { host } = setUp();
    host.last.answer(new Response('{}', { status: 429 }));
    await settled();
    expect(host.told).toEqual(['failed 429']);
    expect(host.state).toMatchObject({ kind: 'waiting' });
  });

  it('stays closed when it is closed while it fails', async () => {
    const host = new FakeHost();
    const ignore = (): void => {};
    const stream: EventStream = new EventStream('/e', host, {
      state: (state) => host.states.push(state),
      event: ignore,
      opened: ignore,
      failed: () => stream.close(),
    });
    stream.open();
    host.last.answer(new Response(null, { status: 401 }));
    await settled();
    host.pass(60_000);
    expect(host.state).toEqual({ kind: 'closed' });
    expect(host.calls).toHaveLength(1);
  });
});
