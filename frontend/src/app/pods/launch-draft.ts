/** What is in the launch form, and the request that it makes. Pure; the patterns are the server's (src/pods/launch.dto.ts). */
import type { AmountsDto } from '../api/models/amounts-dto';
import type { LaunchDto } from '../api/models/launch-dto';
import type { PodDto } from '../api/models/pod-dto';
import { joinShell, splitShell } from './shell-words';

export interface VariableRow {
  readonly id: number;
  readonly name: string;
  readonly value: string;
}

export interface PortRow {
  readonly id: number;
  /** As typed. */
  readonly port: string;
  readonly protocol: 'TCP' | 'UDP';
}

export interface LaunchDraft {
  readonly name: string;
  readonly image: string;
  readonly command: string;
  readonly args: string;
  readonly env: readonly VariableRow[];
  readonly ports: readonly PortRow[];
  readonly amounts: AmountsDto;
  /** Null: anywhere. */
  readonly serverId: string | null;
  readonly nodeName: string | null;
  readonly runAsNonRoot: boolean;
}

export const EMPTY_DRAFT: LaunchDraft = {
  name: '',
  image: '',
  command: '',
  args: '',
  env: [],
  ports: [],
  amounts: { cpus: 0.5, memoryGiB: 0.5, storageGiB: 1, gpus: 0 },
  serverId: null,
  nodeName: null,
  runAsNonRoot: false,
};

export interface CheckedDraft {
  /** Null while something is wrong. */
  readonly body: LaunchDto | null;
  /** By field: `image`, `cpus`, `env.<row id>`, `ports.<row id>`, … what is wrong, for people. */
  readonly problems: Readonly<Record<string, string>>;
}

const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]{0,254}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;

export function checkDraft(draft: LaunchDraft): CheckedDraft {
  const problems: Record<string, string> = {
    ...identityProblems(draft),
    ...amountProblems(draft.amounts),
    ...rowProblems(draft),
  };
  return { problems, body: Object.keys(problems).length > 0 ? null : bodyOf(draft) };
}

function identityProblems({ image, name, command, args }: LaunchDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  if (image.trim() === '') problems['image'] = 'Say which image to run.';
  else if (!IMAGE.test(image.trim())) problems['image'] = 'This is no image reference such as ghcr.io/team/app:2.';
  if (name !== '' && !NAME.test(name)) {
    problems['name'] = 'At most 40 lower-case letters, digits and "-", beginning with a letter.';
  }
  for (const [field, text] of [
    ['command', command],
    ['args', args],
  ] as const) {
    const { words, problem } = splitShell(text);
    if (problem) problems[field] = problem;
    else if (words.length > 100) problems[field] = 'At most 100 words.';
  }
  return problems;
}

function amountProblems({ cpus, memoryGiB, storageGiB, gpus }: AmountsDto): Record<string, string> {
  const problems: Record<string, string> = {};
  if (!(cpus >= 0.001 && cpus <= 10_000)) problems['cpus'] = 'From 0.001 to 10,000 cores.';
  if (!(memoryGiB >= 0.001 && memoryGiB <= 1_000_000)) problems['memoryGiB'] = 'From 0.001 to 1,000,000 GiB.';
  if (!(storageGiB >= 0 && storageGiB <= 1_000_000)) problems['storageGiB'] = 'From 0 to 1,000,000 GiB.';
  if (!(Number.isInteger(gpus) && gpus >= 0 && gpus <= 1_024)) problems['gpus'] = 'A whole number from 0 to 1,024.';
  return problems;
}

function rowProblems({ env, ports }: LaunchDraft): Record<string, string> {
  const problems: Record<string, string> = {};
  const names = new Set<string>();
  for (const { id, name, value } of env) {
    if (name === '' && value === '') continue;
    if (!VARIABLE.test(name))
      problems[`env.${id}`] = 'Letters, digits, "_", "-" and ".", beginning with a letter or "_".';
    else if (names.has(name)) problems[`env.${id}`] = 'This name is there already.';
    else if (value.length > 32_768) problems[`env.${id}`] = 'At most 32,768 characters.';
    names.add(name);
  }
  const seen = new Set<string>();
  for (const { id, port, protocol } of ports) {
    if (port.trim() === '') continue;
    const number = Number(port);
    const key = `${number}/${protocol}`;
    if (!Number.isInteger(number) || number < 1 || number > 65_535) problems[`ports.${id}`] = 'From 1 to 65535.';
    else if (seen.has(key)) problems[`ports.${id}`] = 'This port is there already.';
    seen.add(key);
  }
  return problems;
}

function bodyOf(draft: LaunchDraft): LaunchDto {
  const command = [...splitShell(draft.command).words];
  const args = [...splitShell(draft.args).words];
  const env = draft.env.filter(({ name }) => name !== '').map(({ name, value }) => ({ name, value }));
  const ports = draft.ports
    .filter(({ port }) => port.trim() !== '')
    .map(({ port, protocol }) => ({ containerPort: Number(port), protocol }));
  return {
    ...draft.amounts,
    image: draft.image.trim(),
    ...(draft.name === '' ? {} : { name: draft.name }),
    ...(draft.serverId === null ? {} : { serverId: draft.serverId }),
    ...(draft.serverId === null || draft.nodeName === null ? {} : { nodeName: draft.nodeName }),
    ...(command.length > 0 ? { command } : {}),
    ...(args.length > 0 ? { args } : {}),
    ...(env.length > 0 ? { env } : {}),
    ...(ports.length > 0 ? { ports } : {}),
    ...(draft.runAsNonRoot ? { runAsNonRoot: true } : {}),
  };
}

/** The same again: all but the name, which must be unique, and the node, which may be full by now. */
export function draftOf(pod: PodDto): LaunchDraft {
  return {
    ...EMPTY_DRAFT,
    image: pod.image,
    command: joinShell(pod.command),
    args: joinShell(pod.args),
    env: pod.env.map(({ name, value }, id) => ({ id, name, value })),
    ports: pod.ports.map(({ containerPort, protocol }, id) => ({
      id,
      port: String(containerPort),
      protocol: protocol ?? 'TCP',
    })),
    amounts: pod.amounts,
    serverId: pod.serverId,
  };
}

/** Parts of the draft that a link may carry: `/launch?server=…&cpus=2`. What is no number is left out. */
export interface LaunchLink {
  readonly server?: string | undefined;
  readonly node?: string | undefined;
  readonly image?: string | undefined;
  readonly cpus?: string | undefined;
  readonly memoryGiB?: string | undefined;
  readonly storageGiB?: string | undefined;
  readonly gpus?: string | undefined;
}

function amount(text: string | undefined, otherwise: number): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) && value >= 0 ? value : otherwise;
}

export function withLink(draft: LaunchDraft, link: LaunchLink): LaunchDraft {
  const { amounts } = draft;
  return {
    ...draft,
    image: link.image ?? draft.image,
    serverId: link.server ?? draft.serverId,
    nodeName: link.node ?? draft.nodeName,
    amounts: {
      cpus: amount(link.cpus, amounts.cpus),
      memoryGiB: amount(link.memoryGiB, amounts.memoryGiB),
      storageGiB: amount(link.storageGiB, amounts.storageGiB),
      gpus: Math.floor(amount(link.gpus, amounts.gpus)),
    },
  };
}
