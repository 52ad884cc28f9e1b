/**
 * Reads a request's body as JSON, more strictly than JSON.parse: what two readers could understand differently is refused.
 * Refused: invalid UTF-8, nesting deeper than 32, keys twice in one object, keys longer than 256, `prototype` and what every object
 * inherits (`__proto__`, `constructor`, `toString`) as keys, numbers that are not finite (1e400), NUL and lone surrogates in texts and keys.
 * Never changes a prototype, never includes the text of the body in an error (it may hold a password).
 */
import { isUtf8 } from 'node:buffer';
import { BerthError } from '../domain/errors.js';

const MAX_DEPTH = 32;
const MAX_KEY_LENGTH = 256;
/** Class-validator takes `toString` for a field that it knows, since every object has one. */
const FORBIDDEN_KEYS = new Set(['prototype', ...Object.getOwnPropertyNames(Object.prototype)]);

const QUOTE = 34;
const BACKSLASH = 92;

function refuse(why: string): never {
  throw new BerthError('MALFORMED_JSON', `The body was refused: ${why}.`);
}

/** Index of the quote that ends the string begun at `start`. The text is known to be valid JSON. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  for (;;) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
}

function checkDepth(text: string): void {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (inString) {
      if (char === BACKSLASH) index += 1;
      else if (char === QUOTE) inString = false;
    } else if (char === QUOTE) inString = true;
    else if (char === 91 || char === 123) {
      if ((depth += 1) > MAX_DEPTH) refuse(`it is nested deeper than ${MAX_DEPTH}`);
    } else if (char === 93 || char === 125) depth -= 1;
  }
}

function checkKey(raw: string, seen: Set<string>): void {
  // `"a"` and `"\u0061"` are the same key.
  const key = raw.includes('\\') ? String(JSON.parse(`"${raw}"`)) : raw;
  if (key.length > MAX_KEY_LENGTH) refuse(`a key is longer than ${MAX_KEY_LENGTH}`);
  if (FORBIDDEN_KEYS.has(key)) refuse(`the key "${key}" is not allowed`);
  if (seen.has(key)) refuse('a key stands twice in one object');
  seen.add(key);
}

/** Walks valid JSON once and looks at the keys of each object. */
function checkKeys(text: string): void {
  const open: (Set<string> | null)[] = [];
  let keyMayFollow = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charCodeAt(index);
    if (char === QUOTE) {
      const end = endOfString(text, index);
      const seen = open.at(-1);
      if (keyMayFollow && seen) checkKey(text.slice(index + 1, end), seen);
      keyMayFollow = false;
      index = end;
    } else if (char === 123) {
      open.push(new Set());
      keyMayFollow = true;
    } else if (char === 91) open.push(null);
    else if (char === 93 || char === 125) open.pop();
    else if (char === 44) keyMayFollow = true;
  }
}

function checkText(text: string): void {
  if (text.includes('\0')) refuse('a text has a NUL character');
  if (!text.isWellFormed()) refuse('a text has half of a surrogate pair');
}

function checkValues(value: unknown): void {
  if (typeof value === 'string') checkText(value);
  else if (typeof value === 'number') {
    if (!Number.isFinite(value)) refuse('a number is too large');
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      checkText(key);
      checkValues(inner);
    }
  }
}

/** @throws BerthError MALFORMED_JSON */
export function parseJsonBody(body: Buffer): unknown {
  if (!isUtf8(body)) refuse('it is not UTF-8');
  const text = body.toString('utf8');
  checkDepth(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('it is not valid JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('it is not an object');
  checkKeys(text);
  checkValues(value);
  return value;
}
