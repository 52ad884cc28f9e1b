/**
 * YAML of a kubeconfig as nested Maps of strings, and nothing else: no aliases, no tags, no numbers, no prototype.
 * A registered machine may have written the text to hurt, and the parser's time grows with structure rather than with
 * size (200,000 tags keep it busy for minutes); so structure is counted before it is parsed.
 */
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { kubeconfigInvalid } from './kubeconfig-errors.js';

export type YamlValue = string | readonly YamlValue[] | YamlMap;
export type YamlMap = ReadonlyMap<string, YamlValue>;

const MAX_BYTES = 1_048_576;
/** Lines plus punctuation: about a hundred contexts. The worst text of this size parses in 0.2 s. */
const MAX_STRUCTURE = 5_000;
const MAX_DEPTH = 16;
const STRUCTURE = /[\n\r[\]{},?:'"#|>%@`-]/g;
/** An anchor, alias or tag where a value may begin. */
const INDIRECTION = /(^|[\s,:[{-])[&*!]/m;

function convert(node: unknown, depth: number): YamlValue {
  if (depth > MAX_DEPTH) throw kubeconfigInvalid('it is nested too deeply');
  if (isScalar(node)) return typeof node.value === 'string' ? node.value : '';
  if (isSeq(node)) return node.items.map((item) => convert(item, depth + 1));
  if (!isMap(node)) return '';
  const map = new Map<string, YamlValue>();
  for (const { key, value } of node.items) {
    const name = isScalar(key) && typeof key.value === 'string' ? key.value : null;
    if (name === null) throw kubeconfigInvalid('it has a key that is no plain word');
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') {
      throw kubeconfigInvalid(`it has a key named ${name}`);
    }
    map.set(name, convert(value, depth + 1));
  }
  return map;
}

/** @throws ClusterError KUBECONFIG_INVALID */
export function readKubeconfigYaml(text: string): YamlMap {
  if (Buffer.byteLength(text) > MAX_BYTES) throw kubeconfigInvalid('it is larger than 1 MiB');
  if ((text.match(STRUCTURE)?.length ?? 0) > MAX_STRUCTURE) throw kubeconfigInvalid('it is too long');
  if (INDIRECTION.test(text)) throw kubeconfigInvalid('it has YAML anchors, aliases or tags');
  // `failsafe`: every scalar stays the text that it is. A `silent` parser would let a second document pass.
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true, logLevel: 'error' });
  if (document.errors.length > 0 || document.warnings.length > 0) throw kubeconfigInvalid('it is not plain YAML');
  const root = convert(document.contents, 0);
  if (!(root instanceof Map)) throw kubeconfigInvalid('it is not a kubeconfig');
  return root;
}
