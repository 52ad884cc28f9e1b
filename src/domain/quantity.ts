/**
 * Kubernetes quantities ("1500m", "2Gi", "1e3", ".5") as the integers that Berth counts in.
 * Rounds up, away from zero, as upstream's `Value()` and `MilliValue()` do; more than a safe integer becomes the largest one.
 * Never guesses: a text that is not a quantity throws, and the caller decides what fails closed there.
 * Stricter than upstream in one point: a number needs a digit (upstream reads "." and "+" as zero).
 */
const FORM = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d{1,19})$/;

/** Longer texts are attacks on the parser, not amounts. */
const MAX_LENGTH = 64;

/** Beyond these powers of ten every text of that length is a fraction of one, or saturated; keeps the arithmetic small. */
const MAX_EXPONENT = 200;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};

const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

interface Parsed {
  readonly isNegative: boolean;
  /** The value is `digits * 10^exponent * factor`. */
  readonly digits: bigint;
  readonly exponent: number;
  readonly factor: bigint;
}

/** The power of ten of a decimal suffix or exponent. */
function exponentOf(suffix: string): number {
  const known = DECIMAL[suffix];
  if (known !== undefined) return known;
  return Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(suffix.slice(1))));
}

function parse(text: string): Parsed {
  const match = text.length <= MAX_LENGTH ? FORM.exec(text) : null;
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match ?? [];
  if (!match || whole.length + fraction.length === 0) throw new RangeError('not a Kubernetes quantity');
  const factor = BINARY[suffix];
  return {
    isNegative: sign === '-',
    digits: BigInt(whole + fraction),
    exponent: (factor === undefined ? exponentOf(suffix) : 0) - fraction.length,
    factor: factor ?? 1n,
  };
}

function scaled(text: string, scale: number): number {
  const { isNegative, digits, exponent, factor } = parse(text);
  const power = exponent + scale;
  const product = digits * factor * 10n ** BigInt(Math.max(0, power));
  const divisor = 10n ** BigInt(Math.max(0, -power));
  const rounded = (product + divisor - 1n) / divisor;
  const held = Number(rounded > LARGEST ? LARGEST : rounded);
  return isNegative && held !== 0 ? -held : held;
}

/** Thousandths of a core. @throws RangeError when `text` is not a quantity. */
export function cpuMilli(text: string): number {
  return scaled(text, 3);
}

/** Bytes. @throws RangeError when `text` is not a quantity. */
export function wholeBytes(text: string): number {
  return scaled(text, 0);
}

/** Whole things: GPUs, pod slots. @throws RangeError when `text` is not a quantity. */
export function wholeCount(text: string): number {
  return scaled(text, 0);
}
