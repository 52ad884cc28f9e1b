/**
 * master.json as bytes: one line per server, pod and idempotency bucket, and a SHA-256 over everything before its own line.
 * Promises: `decode` returns exactly what was encoded, or throws; it never repairs and never returns an empty state for bytes that
 * it does not understand.
 * Concurrency: an encoder remembers the bytes of what did not change, by object identity; it is used by one writer.
 */
import { createHash } from 'node:crypto';
import { freeze } from 'immer';
import type { DurableState, IdempotencyRecord, ServerEntry } from '../domain/master-state.js';
import type { PodRecord } from '../domain/pod.js';
import { checkDurable } from './master-shape.js';
import { isPlainObject, ShapeError } from './shape.js';
import { parseStrictJson } from './strict-json.js';

export const FORMAT = 'berth-master-state';
export const VERSION = 1;

/** `epoch` counts the starts of Berth on this file: two processes that both believe to own it differ in it. */
export interface MasterDocument {
  readonly epoch: number;
  readonly state: DurableState;
}

/** Why bytes are not a legal master.json, for people. */
export class CodecError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CodecError';
  }
}

const CHUNK_BYTES = 256 * 1_024;
const TAIL = /,\n"checksum": "([0-9a-f]{64})"\n\}\n$/;
const TAIL_BYTES = 2 + '"checksum": ""'.length + 64 + 3;

const lines = (items: readonly string[], indent: string): string =>
  items.length === 0 ? '{}' : `{\n${indent}${items.join(`,\n${indent}`)}\n${indent.slice(2)}}`;

function* inChunks(pieces: Iterable<Buffer>): Generator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for (const piece of pieces) {
    waiting.push(piece);
    size += piece.byteLength;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting, size);
    waiting = [];
    size = 0;
  }
  if (size > 0) yield Buffer.concat(waiting, size);
}

export class MasterEncoder {
  readonly #pods = new WeakMap<PodRecord, string>();
  readonly #outcomes = new WeakMap<IdempotencyRecord, string>();
  readonly #pieces = new WeakMap<object, Buffer>();

  /** In chunks, so that a writer lets others run in between. The checksum comes last for the same reason. */
  *encode({ epoch, state }: MasterDocument): Generator<Buffer> {
    const hash = createHash('sha256');
    for (const chunk of inChunks(this.#body(epoch, state))) {
      hash.update(chunk);
      yield chunk;
    }
    yield Buffer.from(`,\n"checksum": "${hash.digest('hex')}"\n}\n`);
  }

  *#body(epoch: number, state: DurableState): Generator<Buffer> {
    const head = `"format": "${FORMAT}",\n"version": ${VERSION},\n"epoch": ${epoch},\n"rev": ${state.rev}`;
    yield Buffer.from(`{\n${head},\n"access": ${JSON.stringify(state.access)},\n"servers": {`);
    yield* this.#map(state.servers, (entry) => this.#server(entry));
    yield Buffer.from('},\n"idempotency": {');
    yield* this.#map(state.idempotency, (bucket) => this.#bucket(bucket));
    yield Buffer.from('}');
  }

  *#map<T extends object>(items: Readonly<Record<string, T>>, print: (item: T) => string): Generator<Buffer> {
    let separator = '\n  ';
    for (const [key, item] of Object.entries(items)) {
      let piece = this.#pieces.get(item);
      if (!piece) this.#pieces.set(item, (piece = Buffer.from(print(item))));
      yield Buffer.from(`${separator}${JSON.stringify(key)}: `);
      yield piece;
      separator = ',\n  ';
    }
    if (separator.startsWith(',')) yield Buffer.from('\n');
  }

  #server(entry: ServerEntry): string {
    const pods = Object.entries(entry.pods).map(([id, pod]) => `${JSON.stringify(id)}: ${once(this.#pods, pod)}`);
    return `{"server": ${JSON.stringify(entry.server)},\n    "pods": ${lines(pods, '      ')}}`;
  }

  #bucket(bucket: Readonly<Record<string, IdempotencyRecord>>): string {
    const parts = Object.entries(bucket).map(([key, each]) => `${JSON.stringify(key)}:${once(this.#outcomes, each)}`);
    return `{${parts.join(',')}}`;
  }
}

function once<T extends object>(cache: WeakMap<T, string>, item: T): string {
  let printed = cache.get(item);
  if (printed === undefined) cache.set(item, (printed = JSON.stringify(item)));
  return printed;
}

function readText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new CodecError('it is not UTF-8 text', error);
  }
}

function parse(source: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = parseStrictJson(source);
  } catch (error) {
    throw new CodecError(`it is not the JSON that Berth writes: ${(error as Error).message}`, error);
  }
  if (!isPlainObject(value) || value['format'] !== FORMAT) throw new CodecError('it is not a state file of Berth');
  if (value['version'] !== VERSION) {
    const found = JSON.stringify(value['version']);
    throw new CodecError(`it has format version ${found}, and this Berth reads version ${VERSION}`);
  }
  return value;
}

function toDocument(value: Readonly<Record<string, unknown>>): MasterDocument {
  const { format: _format, version: _version, checksum: _checksum, epoch, ...durable } = value;
  try {
    if (!Number.isSafeInteger(epoch) || Number(epoch) < 0) throw new ShapeError('epoch', 'a whole number');
    checkDurable(durable, 'state');
    return { epoch: Number(epoch), state: freeze(durable as unknown as DurableState, true) };
  } catch (error) {
    if (error instanceof ShapeError) throw new CodecError(`its content is wrong: ${error.message}`, error);
    throw error;
  }
}

/** @throws CodecError that says what is wrong with the bytes. */
export function decode(bytes: Uint8Array): MasterDocument {
  const source = readText(bytes);
  const checksum = TAIL.exec(source)?.[1];
  if (checksum === undefined) {
    // Says first what matters more than the missing line: another format, a newer version, a file cut short.
    parse(source);
    throw new CodecError('its checksum is missing');
  }
  const digest = createHash('sha256')
    .update(bytes.subarray(0, bytes.byteLength - TAIL_BYTES))
    .digest('hex');
  if (digest !== checksum) throw new CodecError('its checksum is wrong: it was damaged, or changed by hand');
  return toDocument(parse(source));
}

/** As `decode`, but whatever the checksum says: for a file that a person changed on purpose. */
export function decodeUnsealed(bytes: Uint8Array): MasterDocument {
  return toDocument(parse(readText(bytes)));
}
