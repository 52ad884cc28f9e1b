/**
 * JSON without its traps: no key twice in one object, no `__proto__`, no nesting deeper than 64, nothing after the value.
 * Concurrency: none; it is one pass over the text before the built-in parser sees it, so that a hostile nesting costs nothing.
 */
const MAX_DEPTH = 64;

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\') at += 1;
    else if (character === '"') return at + 1;
  }
  throw new SyntaxError('a string does not end');
}

/** A string is a key when the next thing after it is a colon. */
function isKey(text: string, end: number): boolean {
  let at = end;
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at += 1;
  return text[at] === ':';
}

function addKey(keys: Set<string> | null | undefined, raw: string): void {
  const key: unknown = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
  if (typeof key !== 'string' || !keys) throw new SyntaxError('a key stands outside an object');
  if (key === '__proto__') throw new SyntaxError('the key __proto__ is not allowed');
  if (keys.has(key)) throw new SyntaxError(`the key ${JSON.stringify(key.slice(0, 80))} stands twice in one object`);
  keys.add(key);
}

/** @throws SyntaxError that names the trap. */
export function checkStrictJson(text: string): void {
  const open: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length;) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (isKey(text, end)) addKey(open.at(-1), text.slice(at, end));
      at = end;
      continue;
    }
    if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : null) > MAX_DEPTH) {
        throw new SyntaxError(`the nesting is deeper than ${MAX_DEPTH}`);
      }
    } else if (character === '}' || character === ']') open.pop();
    at += 1;
  }
}

/** @throws SyntaxError */
export function parseStrictJson(text: string): unknown {
  checkStrictJson(text);
  return JSON.parse(text);
}
