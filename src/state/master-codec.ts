/**
 * master.json as bytes: one line per server, pod and idempotency bucket, and a SHA-256 over everything before its own line.
 * Promises: `decode` returns exactly what was encoded, or throws; it never repairs and never returns an empty state for bytes that
 * it does not understand.
 */
import { createHash } from 'node:crypto';
import { freeze } from 'immer';
import type { DurableState, ServerEntry } from '../domain/master-state.js';
import { CodecError } from './codec-error.js';
import { checkDurable } from './master-shape.js';
import { isPlainObject, ShapeError } from './shape.js';
import { parseStrictJson } from './strict-json.js';

export const FORMAT = 'berth-master-state';
export const VERSION = 1;

export interface MasterDocument {
  /** Counts the starts of Berth on this file: two processes that both believe to own it differ in it. */
  readonly epoch: number;
  /** Id of the journal that goes on from here; null: nothing happened since. */
  readonly journal: string | null;
  readonly state: DurableState;
}

const JOURNAL = /^[0-9a-f]{16}$/;
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

function* map<T extends object>(items: Readonly<Record<string, T>>, print: (item: T) => string): Generator<Buffer> {
  let separator = '\n  ';
  for (const [key, item] of Object.entries(items)) {
    yield Buffer.from(`${separator}${JSON.stringify(key)}: ${print(item)}`);
    separator = ',\n  ';
  }
  if (separator.startsWith(',')) yield Buffer.from('\n');
}

function printEntry(entry: ServerEntry): string {
  const pods = Object.entries(entry.pods).map(([id, pod]) => `${JSON.stringify(id)}: ${JSON.stringify(pod)}`);
  return `{"server": ${JSON.stringify(entry.server)},\n    "pods": ${lines(pods, '      ')}}`;
}

function* body({ epoch, journal, state }: MasterDocument): Generator<Buffer> {
  const head = `"format": "${FORMAT}",\n"version": ${VERSION},\n"epoch": ${epoch},\n"rev": ${state.rev}`;
  const next = journal === null ? '' : `,\n"journal": ${JSON.stringify(journal)}`;
  yield Buffer.from(`{\n${head}${next},\n"access": ${JSON.stringify(state.access)},\n"servers": {`);
  yield* map(state.servers, printEntry);
  yield Buffer.from('},\n"idempotency": {');
  yield* map(state.idempotency, (bucket) => JSON.stringify(bucket));
  yield Buffer.from('}');
}

/** In chunks, so that a writer lets others run in between. The checksum comes last for the same reason. */
export function* encode(document: MasterDocument): Generator<Buffer> {
  const hash = createHash('sha256');
  for (const chunk of inChunks(body(document))) {
    hash.update(chunk);
    yield chunk;
  }
  yield Buffer.from(`,\n"checksum": "${hash.digest('hex')}"\n}\n`);
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
  const { format: _format, version: _version, checksum: _checksum, epoch, journal = null, ...durable } = value;
  try {
    if (!Number.isSafeInteger(epoch) || Number(epoch) < 0) throw new ShapeError('epoch', 'a whole number');
    if (journal !== null && !(typeof journal === 'string' && JOURNAL.test(journal))) {
      throw new ShapeError('journal', 'the id of a journal');
    }
    checkDurable(durable, 'state');
    return { epoch: Number(epoch), journal, state: freeze(durable as unknown as DurableState, true) };
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
