import type { Problem } from '../live/problem';
import type { DraftErrors } from './draft-form';
import { type DraftKey, type ServerDraft, splitTags } from './server-draft';

type Errors = { [K in DraftKey]?: string };

/** The fields of the first step, in the order in which they stand. */
export const REACH_FIELDS = [
  'host',
  'port',
  'username',
  'password',
  'privateKey',
  'kubeconfig',
  'nodes',
  'cpusPerNode',
  'memoryGiBPerNode',
  'storageGiBPerNode',
  'gpusPerNode',
] as const satisfies readonly DraftKey[];

export const NAMING_FIELDS = ['name', 'tags', 'location', 'namespace'] as const satisfies readonly DraftKey[];

const HOST = /^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$|^::[0-9A-Fa-f:.]*$/;
const NAME = /^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._=-]{0,62}$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const MAX_TAGS = 20;

/** What can be told without asking Berth; Berth checks it all again. `takenNames`: in lower case. */
export function checkServerDraft(draft: ServerDraft, takenNames: ReadonlySet<string>): DraftErrors<ServerDraft> {
  const errors: Errors = {};
  if (draft.way === 'ssh') checkSsh(draft, errors);
  if (draft.way === 'kubeconfig' && draft.kubeconfig.trim() === '')
    errors.kubeconfig = 'Paste a kubeconfig, or choose its file.';
  if (draft.way === 'sandbox') checkSandbox(draft, errors);
  checkNaming(draft, takenNames, errors);
  return errors;
}

function checkSsh(draft: ServerDraft, errors: Errors): void {
  const host = draft.host.trim();
  if (host === '') errors.host = 'Enter the name or the IP address of the machine.';
  else if (!HOST.test(host)) errors.host = 'Enter only a name or an IP address, without user, port or scheme.';
  if (!isWhole(draft.port, 1, 65_535)) errors.port = 'A port is a number from 1 to 65535.';
  if (draft.username.trim() === '') errors.username = 'Enter the user to sign in as.';
  if (draft.login === 'password' && draft.password === '') errors.password = 'Enter the password.';
  if (draft.login === 'key' && draft.privateKey.trim() === '')
    errors.privateKey = 'Paste the private key, or choose its file.';
  else if (draft.login === 'key' && /^(ssh-|ecdsa-)/.test(draft.privateKey.trim()))
    errors.privateKey = 'This is a public key. The private one begins with "-----BEGIN".';
}

function checkSandbox(draft: ServerDraft, errors: Errors): void {
  if (!isWhole(draft.nodes, 1, 100)) errors.nodes = 'From 1 to 100.';
  if (!isBetween(draft.cpusPerNode, 0.1, 1_000)) errors.cpusPerNode = 'From 0.1 to 1000.';
  if (!isBetween(draft.memoryGiBPerNode, 0.1, 100_000)) errors.memoryGiBPerNode = 'From 0.1 to 100000.';
  if (!isBetween(draft.storageGiBPerNode, 0, 1_000_000)) errors.storageGiBPerNode = 'From 0 to 1000000.';
  if (!isWhole(draft.gpusPerNode, 0, 64)) errors.gpusPerNode = 'From 0 to 64.';
}

function checkNaming(draft: ServerDraft, takenNames: ReadonlySet<string>, errors: Errors): void {
  const named = checkDetails(draft, takenNames);
  if (named.name) errors.name = named.name;
  if (named.tags) errors.tags = named.tags;
  if (named.location) errors.location = named.location;
  const namespace = draft.namespace.trim();
  if (namespace !== '' && !NAMESPACE.test(namespace))
    errors.namespace = 'Up to 63 lower-case letters, digits and "-", beginning and ending with a letter or digit.';
}

export interface ServerDetails {
  readonly name: string;
  readonly tags: string;
  readonly location: string;
}

/** Name, tags and place of a new or a registered server. */
export function checkDetails(details: ServerDetails, takenNames: ReadonlySet<string>): DraftErrors<ServerDetails> {
  const errors: { -readonly [K in keyof ServerDetails]?: string } = {};
  const name = details.name.trim();
  if (name === '') errors.name = 'Give the server a name.';
  else if (!NAME.test(name))
    errors.name = 'Up to 64 letters, digits, spaces, ".", "_" or "-", beginning and ending with a letter or digit.';
  else if (takenNames.has(name.toLowerCase())) errors.name = 'Another server has this name.';
  const tags = splitTags(details.tags);
  const wrong = tags.find((tag) => !TAG.test(tag));
  if (wrong !== undefined) errors.tags = `"${wrong}" cannot be a tag: letters, digits, ".", "_", "=" and "-" only.`;
  else if (tags.length > MAX_TAGS) errors.tags = `At most ${MAX_TAGS} tags.`;
  if (details.location.trim().length > 128) errors.location = 'At most 128 characters.';
  return errors;
}

export function isBetween(text: string, least: number, most: number): boolean {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return value >= least && value <= most;
}

export const isWhole = (text: string, least: number, most: number): boolean =>
  isBetween(text, least, most) && Number.isInteger(Number(text));

/** Fields that are called otherwise in the API. */
const RENAMED: Readonly<Record<string, DraftKey>> = { text: 'kubeconfig', ssh: 'host', hostKeyFingerprint: 'host' };
const KEYS: ReadonlySet<string> = new Set<DraftKey>([
  ...REACH_FIELDS,
  ...NAMING_FIELDS,
  'passphrase',
  'sudoPassword',
  'context',
  'trouble',
]);

/** What Berth refused, at the fields that it is about. */
export function draftErrorsOf(problem: Problem, draft: ServerDraft): DraftErrors<ServerDraft> {
  const errors: Errors = {};
  for (const { field, message } of problem.errors) {
    const last = field.split('.').findLast((part) => Number.isNaN(Number(part))) ?? '';
    const key = RENAMED[last] ?? last;
    if (isKey(key)) errors[key] ??= sentence(message);
  }
  const key = fieldOfCode(problem.code, draft);
  if (key) errors[key] ??= sentence(problem.detail);
  return errors;
}

const isKey = (key: string): key is DraftKey => KEYS.has(key);

function fieldOfCode(code: string, draft: ServerDraft): DraftKey | null {
  switch (code) {
    case 'SERVER_NAME_TAKEN':
      return 'name';
    case 'ADDRESS_NOT_ALLOWED':
    case 'HOST_NOT_FOUND':
      return draft.way === 'ssh' ? 'host' : null;
    case 'SSH_AUTHENTICATION_FAILED':
      return draft.login === 'password' ? 'password' : 'privateKey';
    case 'SSH_KEY_INVALID':
      return 'privateKey';
    case 'SUDO_REFUSED':
      return draft.login === 'password' ? 'password' : 'sudoPassword';
    case 'KUBECONFIG_INVALID':
    case 'KUBECONFIG_FIELD_NOT_ALLOWED':
      return draft.way === 'kubeconfig' ? 'kubeconfig' : null;
    default:
      return null;
  }
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
}
