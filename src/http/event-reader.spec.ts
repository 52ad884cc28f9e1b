import { EventBacklog } from './event-backlog.js';
import type { EventClient } from './event-client.js';
import { EventReader, type EventSource } from './event-reader.js';

const VIEW = 'x'.repeat(2_000);

/** What was sent, with no socket behind it. */
class Sink {
  readonly sent: { readonly id: string; readonly event: string; readonly bytes: number }[] = [];
  isBehind = false;

  send(id: string, event: string, data: string): number {
    const bytes = id.length + event.length + data.length;
    this.sent.push({ id, event, bytes });
    return bytes;
  }

  together(run: () => void): void {
    run();
  }

  isChoked(): boolean {
    return this.isBehind;
  }

  get bytes(): number {
    return this.sent.reduce((total, { bytes }) => total + bytes, 0);
  }

  of(event: string): number {
    return this.sent.filter((each) => each.event === event).length;
  }
}

const source: EventSource = {
  id: (seq) => String(seq),
  fleet: () => JSON.stringify({ pods: Math.random() }),
  server: () => VIEW,
  pod: () => VIEW,
  observedAt: () => '2026-11-23T09:00:00.000Z',
};

function rig(topics: readonly ('fleet' | 'servers' | 'pods')[] = ['fleet', 'servers']) {
  const sink = new Sink();
  const backlog = new EventBacklog(new Set(topics));
  const reader = new EventReader(sink as unknown as EventClient, backlog, source, 0);
  return { sink, backlog, reader };
}

describe('a reader of the event stream', () => {
  it('gets at most 100 KB in any second while a thousand servers change every second, and each in its turn', () => {
    const { sink, backlog, reader } = rig();
    const perSecond: number[] = [];
    for (let second = 0, seq = 0; second < 60; second += 1) {
      const before = sink.bytes;
      for (let tick = 0; tick < 10; tick += 1) {
        for (let each = 0; each < 100; each += 1) {
          seq += 1;
          backlog.addServer(`s${seq % 1_000}`, 'seen', seq);
          backlog.addHint(`s${seq % 1_000}`, 'seen', seq);
        }
        reader.fleetMoved();
        reader.tell(seq, second * 1_000 + tick * 100);
      }
      perSecond.push(sink.bytes - before);
    }
    expect(Math.max(...perSecond)).toBeLessThan(100_000);
    expect(sink.bytes / 60).toBeGreaterThan(50_000);
    expect(sink.of('fleet')).toBeGreaterThan(50);
    expect(backlog.size).toBeLessThanOrEqual(2_000);
  });

  it('is told at once what somebody did, however much waits of what was seen', () => {
    const { sink, backlog, reader } = rig();
    for (let seq = 1; seq <= 5_000; seq += 1) backlog.addServer(`s${seq}`, 'seen', seq);
    for (let tick = 0; tick < 30; tick += 1) reader.tell(5_000, tick * 100);
    backlog.addServer('mine', 'done', 5_001);
    backlog.addHint('mine', 'done', 5_001);
    const before = sink.sent.length;
    reader.tell(5_001, 3_000);
    expect(sink.sent.slice(before, before + 2).map(({ event }) => event)).toEqual(['pods', 'server']);
  });

  it('gives no id that covers a change that still waits', () => {
    const { sink, backlog, reader } = rig();
    for (let seq = 1; seq <= 100; seq += 1) backlog.addServer(`s${seq}`, 'seen', seq);
    const isMore = reader.tell(100, 0);
    expect(isMore).toBe(true);
    expect(Number(sink.sent.at(-1)?.id)).toBeLessThan(sink.of('server') + 1);
    for (let ms = 100; reader.tell(100, ms); ms += 100);
    expect(sink.sent.at(-1)?.id).toBe('100');
    expect(sink.of('server')).toBe(100);
  });

  it('is told nothing while it does not read, and then the rest', () => {
    const { sink, backlog, reader } = rig(['servers']);
    sink.isBehind = true;
    backlog.addServer('a', 'done', 1);
    expect(reader.tell(1, 0)).toBe(true);
    expect(sink.sent).toEqual([]);
    sink.isBehind = false;
    reader.tell(1, 100);
    expect(sink.of('server')).toBe(1);
  });

  it('is told of ages alone together, not with a view each', () => {
    const { sink, backlog, reader } = rig(['servers']);
    for (let seq = 1; seq <= 200; seq += 1) backlog.addServer(`s${seq}`, 'aged', seq);
    reader.tell(200, 0);
    expect(sink.sent.map(({ event }) => event)).toEqual(['ages']);
  });
});
