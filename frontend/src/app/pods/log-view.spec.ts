import { describe, expect, it } from 'vitest';
import { LogRing, LogSplitter } from './log-ring';
import { LogSeam } from './log-seam';
import { logPieces, marked, plainLog } from './log-text';
import { LogView } from './log-view';

const line = (text: string, at = ''): { at: string; text: string } => ({ at, text });

describe('the ring of lines', () => {
  it('keeps the last lines and counts on over those that it dropped', () => {
    const ring = new LogRing(3, 1_000);
    for (const text of ['a', 'b', 'c', 'd', 'e']) ring.push('', text);
    expect(ring.size).toBe(3);
    expect(ring.first).toBe(2);
    expect(ring.range(0, 99).map(({ number, text }) => `${number}${text}`)).toEqual(['2c', '3d', '4e']);
    expect(ring.find(1)).toBeUndefined();
    expect(ring.find(4)?.text).toBe('e');
  });

  it('drops by size too, and never the last line', () => {
    const ring = new LogRing(100, 10);
    ring.push('', 'x'.repeat(8));
    ring.push('', 'y'.repeat(8));
    expect(ring.range(0, 99).map(({ text }) => text[0])).toEqual(['y']);
    ring.push('', 'z'.repeat(50));
    expect(ring.size).toBe(1);
  });

  it('cuts a line that is far too long and says how long it was', () => {
    const ring = new LogRing(10, 1_000_000);
    ring.push('', 'x'.repeat(20_000));
    expect(ring.find(0)?.text).toMatch(/^x{16384}… \(20000 characters\)$/);
  });
});

describe('the splitter', () => {
  it('makes whole lines of any pieces and takes the instant off', () => {
    const splitter = new LogSplitter();
    expect(splitter.push('2026-11-23T10:00:00.5Z he')).toEqual([]);
    expect(splitter.push('llo\r\nplain\nrest')).toEqual([
      { at: '2026-11-23T10:00:00.5Z', text: 'hello' },
      { at: '', text: 'plain' },
    ]);
    expect(splitter.flush()).toEqual([{ at: '', text: 'rest' }]);
    expect(splitter.flush()).toEqual([]);
  });
});

describe('the seam of two readings', () => {
  it('leaves out what was told before, also among lines of one instant', () => {
    const seam = new LogSeam();
    const first = [
      line('a', '2026-11-23T10:00:00.1Z'),
      line('b', '2026-11-23T10:00:00.12Z'),
      line('c', '2026-11-23T10:00:00.12Z'),
    ];
    seam.begin();
    expect(seam.fresh(first)).toHaveLength(3);
    seam.begin();
    const again = [...first, line('d', '2026-11-23T10:00:00.12Z'), line('e', '2026-11-23T10:00:00.2Z')];
    expect(seam.fresh(again).map(({ text }) => text)).toEqual(['d', 'e']);
  });

  it('tells every line of a first reading, with or without instants', () => {
    const seam = new LogSeam();
    seam.begin();
    expect(seam.fresh([line('a'), line('b', '2026-11-23T10:00:00Z'), line('c')])).toHaveLength(3);
  });
});

describe('the look of a line', () => {
  it('turns colours into classes and drops every other sequence', () => {
    const pieces = logPieces('\u001B[1;31mbad\u001B[0m \u001B]0;title\u0007ok\u001B[2K\u001B[38;5;9m!\u0000');
    expect(pieces).toEqual([
      { text: 'bad', look: 'ansi-red ansi-bold' },
      { text: ' ', look: '' },
      { text: 'ok', look: '' },
      { text: '!', look: '' },
    ]);
  });

  it('keeps markup as text', () => {
    expect(logPieces('<img src=x onerror=alert(1)>')).toEqual([{ text: '<img src=x onerror=alert(1)>', look: '' }]);
  });

  it('shows what was written last on a line that writes over itself', () => {
    expect(plainLog('10 %\r50 %\r100 %')).toBe('100 %');
  });

  it('marks a find across pieces of different colour', () => {
    const pieces = marked(logPieces('ab\u001B[31mCD\u001B[0mef'), 'bcd');
    expect(pieces.map(({ text, isHit }) => `${text}${isHit ? '*' : ''}`)).toEqual(['a', 'b*', 'CD*', 'ef']);
  });
});

describe('the view of a log', () => {
  const filled = (count: number): LogView => {
    const view = new LogView();
    view.arrange({ columns: 10, hasTimestamps: false });
    view.push(Array.from({ length: count }, (_, each) => line(each % 2 === 0 ? 'x'.repeat(25) : `no ${each}`)));
    return view;
  };

  it('gives a wrapped line as many rows as it needs and finds lines by row', () => {
    const view = filled(4);
    expect(view.rows).toBe(8);
    expect(view.window(0, 0).lines.map(({ line: { number }, rows }) => [number, rows])).toEqual([[0, 3]]);
    expect(view.window(4, 4)).toMatchObject({ top: 4, lines: [{ line: { number: 2 } }] });
    expect(view.rowOf(3)).toBe(7);
    view.arrange({ columns: null, hasTimestamps: false });
    expect(view.rows).toBe(4);
  });

  it('says how many rows were lost at the top, and finds the right lines after that', () => {
    const view = filled(10_000);
    expect(view.push([line('new'), line('newer')])).toBe(4);
    expect(view.dropped).toBe(2);
    expect(view.window(0, 0).lines[0]?.line.number).toBe(2);
    expect(view.window(view.rows - 1, view.rows - 1).lines[0]?.line.text).toBe('newer');
  });

  it('finds lines that are there, that come, and forgets those that go', () => {
    const view = new LogView();
    view.push([line('one Hit'), line('none')]);
    view.search('hit');
    view.push([line('another \u001B[31mh\u001B[0mit')]);
    expect(view.hits).toEqual([0, 2]);
    view.push(Array.from({ length: 9_998 }, () => line('x')));
    expect(view.hits).toEqual([2]);
    view.search('');
    expect(view.hits).toEqual([]);
  });
});
