/**
 * Checks that a parsed value has the structure of a type, no field more and no field less.
 * Invariant: `object<T>` needs one shape per field of T, so a field added to the domain without its shape does not compile.
 */
export class ShapeError extends Error {
  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
    this.name = 'ShapeError';
  }
}

/** @throws ShapeError that names the path. The phantom field ties the shape to exactly one type. */
export interface Shape<T> {
  (value: unknown, path: string): void;
  readonly type?: (value: T) => T;
}

type Fields = Readonly<Record<string, unknown>>;

export function isPlainObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const that =
  <T>(expected: string, isRight: (value: unknown) => boolean): Shape<T> =>
  (value, path) => {
    if (!isRight(value)) throw new ShapeError(path, expected);
  };

export const textOf = <T extends string>(): Shape<T> => that('a text', (value) => typeof value === 'string');
export const text = textOf<string>();
export const flag: Shape<boolean> = that('true or false', (value) => typeof value === 'boolean');
export const anything: Shape<unknown> = that('a JSON value', (value) => value !== undefined);
export const integer: Shape<number> = that('a whole number', (value) => Number.isSafeInteger(value));
export const count: Shape<number> = that(
  'a whole number of 0 or more',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const finite: Shape<number> = that('a finite number', (value) => Number.isFinite(value));
export const instant: Shape<string> = that(
  'an ISO instant',
  (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value)),
);

/** Exactly what `toISOString()` gives: such instants are compared as texts. */
export const comparableInstant: Shape<string> = that(
  'an ISO instant with milliseconds and Z',
  (value) =>
    typeof value === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) &&
    !Number.isNaN(Date.parse(value)),
);

export function oneOf<const T extends string>(values: readonly T[]): Shape<T> {
  return that(`one of ${values.join(', ')}`, (value) => values.some((each) => each === value));
}

export function nullable<T>(of: Shape<T>): Shape<T | null> {
  return (value, path) => {
    if (value !== null) of(value, path);
  };
}

/** For a field that may be left out; null is not left out. */
export function optional<T>(of: Shape<T>): Shape<T | undefined> {
  return (value, path) => {
    if (value !== undefined) of(value, path);
  };
}

export function array<T>(of: Shape<T>): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ShapeError(path, 'a list');
    value.forEach((each, index) => of(each, `${path}[${index}]`));
  };
}

export function record<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return (value, path) => {
    if (!isPlainObject(value)) throw new ShapeError(path, 'an object');
    for (const [key, each] of Object.entries(value)) {
      if (key === '__proto__') throw new ShapeError(`${path}.${key}`, 'an allowed key');
      of(each, `${path}.${key}`);
    }
  };
}

export function object<T extends object>(fields: { readonly [K in keyof T]-?: Shape<T[K]> }): Shape<T> {
  const shapes = Object.entries<(value: unknown, path: string) => void>({ ...fields });
  const known = new Set(shapes.map(([name]) => name));
  return (value, path) => {
    if (!isPlainObject(value)) throw new ShapeError(path, 'an object');
    for (const [name, shape] of shapes) shape(value[name], `${path}.${name}`);
    for (const name of Object.keys(value))
      if (!known.has(name)) throw new ShapeError(`${path}.${name}`, 'a known field');
  };
}

/** One shape per value of the field `kind`. */
export function variants<T extends { readonly kind: string }>(cases: {
  readonly [K in T['kind']]: Shape<Extract<T, { readonly kind: K }>>;
}): Shape<T> {
  const shapes = new Map(Object.entries<(value: unknown, path: string) => void>(cases));
  return (value, path) => {
    const shape = isPlainObject(value) ? shapes.get(String(value['kind'])) : undefined;
    if (!shape) throw new ShapeError(`${path}.kind`, `one of ${[...shapes.keys()].join(', ')}`);
    shape(value, path);
  };
}

/** Checks each frozen object once: what is shared with the revision before costs nothing. */
export function remembered<T>(shape: Shape<T>): Shape<T> {
  const seen = new WeakSet<object>();
  return (value, path) => {
    if (typeof value !== 'object' || value === null) return shape(value, path);
    if (seen.has(value)) return;
    shape(value, path);
    if (Object.isFrozen(value)) seen.add(value);
  };
}
