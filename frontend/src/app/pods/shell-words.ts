/** Splits what people type for a command into its words, as a POSIX shell does: quotes and backslashes, no variables, no globs. Pure. */
export interface ShellWords {
  readonly words: readonly string[];
  /** What is wrong, for people; empty when nothing is. */
  readonly problem: string;
}

const SPACE = /\s/;
/** Inside double quotes a backslash is only special before these. */
const ESCAPED_IN_DOUBLE = /[\\"$`\n]/;

type Quote = '' | "'" | '"';

export function splitShell(text: string): ShellWords {
  const words: string[] = [];
  let word: string | null = null;
  let quote: Quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (quote === '' && SPACE.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (char === quote) quote = '';
    else if (quote === '' && (char === "'" || char === '"')) {
      quote = char;
      word ??= '';
    } else if (char === '\\' && next !== '' && isEscape(quote, next)) {
      word = (word ?? '') + (next === '\n' ? '' : next);
      at += 1;
    } else word = (word ?? '') + char;
  }
  if (word !== null) words.push(word);
  return { words, problem: quote === '' ? '' : `A quote (${quote}) is not closed.` };
}

const isEscape = (quote: Quote, next: string): boolean =>
  quote === '' || (quote === '"' && ESCAPED_IN_DOUBLE.test(next));

const PLAIN = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** The text that `splitShell` splits into these words again. */
export function joinShell(words: readonly string[]): string {
  return words.map((word) => (PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}
