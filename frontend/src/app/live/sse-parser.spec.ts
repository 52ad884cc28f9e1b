import { describe, expect, it } from 'vitest';
import { SseParser } from './sse-parser';

const STREAM = ': beat\n\nid: a-1\nevent: server\ndata: {"id":"x"}\n\nid: a-2\nevent: reset\r\ndata: {}\r\n\r\n';
const EVENTS = [
  { id: 'a-1', type: 'server', data: '{"id":"x"}' },
  { id: 'a-2', type: 'reset', data: '{}' },
];

describe('SseParser', () => {
  it('finds the events of a stream', () => {
    expect(new SseParser().push(STREAM)).toEqual(EVENTS);
  });

  it('finds the same events wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut += 1) {
      const parser = new SseParser();
      expect([...parser.push(STREAM.slice(0, cut)), ...parser.push(STREAM.slice(cut))]).toEqual(EVENTS);
    }
  });

  it('finds the same events when each letter comes alone', () => {
    const parser = new SseParser();
    expect(Array.from(STREAM).flatMap((letter) => parser.push(letter))).toEqual(EVENTS);
  });

  it('joins the lines of one event', () => {
    expect(new SseParser().push('data: a\ndata:b\n\n')).toEqual([{ id: '', type: 'message', data: 'a\nb' }]);
  });

  it('remembers an id that came without an event', () => {
    const parser = new SseParser();
    expect(parser.push('id: a-7\n\n')).toEqual([]);
    expect(parser.lastId).toBe('a-7');
  });

  it('does not tell an event that has not ended', () => {
    expect(new SseParser().push('data: half')).toEqual([]);
  });
});
