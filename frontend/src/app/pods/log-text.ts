/** What a line of a log looks like: colours of the terminal as classes, everything else as plain text. Pure; nothing here makes HTML. */
export interface LogPiece {
  readonly text: string;
  /** Space-separated class names; empty for plain text. */
  readonly look: string;
}

/* oxlint-disable no-control-regex -- control characters are what this is about */
const ESCAPES =
  /\u001B\[([0-9;:]*)m|\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\u001B[@-_]?|[\u0000-\u0008\u000B-\u001A\u001C-\u001F\u007F]/g;
const CARRIAGE = /^.*\r(?=.)/s;
/* oxlint-enable no-control-regex */

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const;

interface Look {
  readonly colour: string;
  readonly isBold: boolean;
  readonly isFaint: boolean;
}

const PLAIN: Look = { colour: '', isBold: false, isFaint: false };

/** Sequences for the cursor, titles and links are dropped; of text written over itself the last is kept, as a terminal shows it. */
export function logPieces(line: string): LogPiece[] {
  const text = line.replace(CARRIAGE, '');
  const pieces: LogPiece[] = [];
  let look = PLAIN;
  let from = 0;
  const take = (to: number): void => {
    if (to > from) pieces.push({ text: text.slice(from, to), look: classesOf(look) });
  };
  for (const match of text.matchAll(ESCAPES)) {
    take(match.index);
    from = match.index + match[0].length;
    if (match[1] !== undefined) look = restyled(look, match[1]);
  }
  take(text.length);
  return pieces;
}

/** The line as it is read and searched. */
export function plainLog(line: string): string {
  return line.replace(CARRIAGE, '').replace(ESCAPES, '');
}

function restyled(before: Look, codes: string): Look {
  const numbers = codes.split(/[;:]/).map(Number);
  let look = before;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at] ?? 0;
    // 38 and 48 take a palette index (5;n) or three parts (2;r;g;b): shown without colour.
    if (code === 38 || code === 48) at += numbers[at + 1] === 5 ? 2 : 4;
    else look = styled(look, code);
  }
  return look;
}

function styled(look: Look, code: number): Look {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, isBold: true };
  if (code === 2) return { ...look, isFaint: true };
  if (code === 22) return { ...look, isBold: false, isFaint: false };
  if (code === 39) return { ...look, colour: '' };
  const index = code >= 30 && code <= 37 ? code - 30 : code >= 90 && code <= 97 ? code - 90 : -1;
  return index < 0 ? look : { ...look, colour: COLOURS[index] ?? '' };
}

function classesOf({ colour, isBold, isFaint }: Look): string {
  return [colour && `ansi-${colour}`, isBold && 'ansi-bold', isFaint && 'ansi-faint'].filter(Boolean).join(' ');
}

/** Cuts pieces where `query` is found, without regard to case, and marks these parts. */
export function marked(pieces: readonly LogPiece[], query: string): (LogPiece & { readonly isHit: boolean })[] {
  const whole = pieces
    .map(({ text }) => text)
    .join('')
    .toLowerCase();
  const wanted = query.toLowerCase();
  if (wanted === '' || !whole.includes(wanted)) return pieces.map((piece) => ({ ...piece, isHit: false }));
  const hits: [from: number, to: number][] = [];
  for (let at = whole.indexOf(wanted); at !== -1; at = whole.indexOf(wanted, at + wanted.length)) {
    hits.push([at, at + wanted.length]);
  }
  const cuts = hits.flat();
  let offset = 0;
  return pieces.flatMap(({ text, look }) => {
    const start = offset;
    offset += text.length;
    const edges = [start, ...cuts.filter((cut) => cut > start && cut < offset), offset];
    return edges.slice(1).map((to, index) => {
      const from = edges[index] ?? start;
      const isHit = hits.some((hit) => hit[0] <= from && to <= hit[1]);
      return { text: text.slice(from - start, to - start), look, isHit };
    });
  });
}

const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\uD800-\uDBFF][\uDC00-\uDFFF]/g;

/** How many columns of a fixed-width font a text takes, about. */
export function columnsOf(text: string): number {
  // eslint-disable-next-line no-control-regex
  const isAscii = /^[\u0020-\u007E]*$/.test(text);
  if (isAscii) return text.length;
  let columns = 0;
  for (const char of text.replaceAll('\t', '        ')) columns += char.length > 1 || char.match(WIDE) ? 2 : 1;
  return columns;
}
