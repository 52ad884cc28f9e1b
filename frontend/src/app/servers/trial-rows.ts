/** What trying a connection looks like, row by row. Pure. */
import type { TrialDto } from '../api/models/trial-dto';
import type { Problem } from '../live/problem';
import { daysLeft } from './certificate-days';
import type { Way } from './server-draft';

export type TrialResult = 'waiting' | 'running' | 'pass' | 'warn' | 'fail' | 'skipped';

export interface TrialRow {
  readonly id: string;
  readonly label: string;
  readonly result: TrialResult;
  readonly latencyMs: number | null;
  readonly note: string;
}

type RowId = 'link' | 'login' | 'find' | 'api' | 'nodes' | 'rights' | 'certificate';

export type TrialState =
  | { readonly kind: 'idle' }
  /** `linkMs`: how long the machine took to show its host key; null while it has not. */
  | { readonly kind: 'running'; readonly linkMs: number | null }
  | { readonly kind: 'passed'; readonly trial: TrialDto; readonly linkMs: number | null }
  | { readonly kind: 'failed'; readonly problem: Problem; readonly linkMs: number | null };

const LABELS: Readonly<Record<Way, readonly (readonly [RowId, string])[]>> = {
  ssh: [
    ['link', 'Reach the machine'],
    ['login', 'Sign in'],
    ['find', 'Find Kubernetes on it'],
    ['api', 'Speak to the Kubernetes API'],
    ['nodes', 'Read nodes and pods'],
  ],
  kubeconfig: [
    ['find', 'Read the kubeconfig'],
    ['link', 'Reach the Kubernetes API'],
    ['api', 'Speak to it'],
    ['nodes', 'Read nodes and pods'],
  ],
  inCluster: [
    ['link', 'Find the service account of Berth'],
    ['api', 'Speak to the Kubernetes API'],
    ['nodes', 'Read nodes and pods'],
  ],
  sandbox: [
    ['api', 'Open the pretend cluster'],
    ['nodes', 'Read nodes and pods'],
  ],
};

const LOGIN_CODES = new Set([
  'HOST_KEY_UNCONFIRMED',
  'HOST_KEY_CHANGED',
  'SSH_AUTHENTICATION_FAILED',
  'SSH_KEY_INVALID',
]);
const FIND_CODES = new Set([
  'SUDO_REFUSED',
  'KUBERNETES_NOT_FOUND',
  'KUBECONFIG_INVALID',
  'KUBECONFIG_FIELD_NOT_ALLOWED',
]);
const LINK_CODES = new Set([
  'ADDRESS_NOT_ALLOWED',
  'HOST_NOT_FOUND',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'CONNECTION_LOST',
  'SSH_PROTOCOL_ERROR',
]);

/** The row that a problem belongs to. `isLinked`: the machine answered before, so that what did not answer now is the API. */
function failedRow({ code, details }: Problem, way: Way, isLinked: boolean): RowId {
  if (LOGIN_CODES.has(code)) return 'login';
  if (FIND_CODES.has(code)) return 'find';
  if (code === 'KUBERNETES_FORBIDDEN') return 'nodes';
  if (LINK_CODES.has(code) && details['step'] !== 'api' && !(way === 'ssh' && isLinked)) return 'link';
  return 'api';
}

type Outcome = Pick<TrialRow, 'result'> & Partial<Pick<TrialRow, 'latencyMs' | 'note'>>;

export function trialRows(way: Way, state: TrialState, nowMs: number): TrialRow[] {
  const labels = LABELS[way];
  const outcome = outcomes(way, state);
  const rows = labels.map(([id, label], index): TrialRow => {
    const { result, latencyMs = null, note = '' } = outcome(id, index);
    return { id, label, result, latencyMs, note };
  });
  return state.kind === 'passed' ? [...rows, ...safetyRows(state.trial, nowMs)] : rows;
}

function outcomes(way: Way, state: TrialState): (id: RowId, index: number) => Outcome {
  if (state.kind === 'idle') return () => ({ result: 'waiting' });
  const linkMs = way === 'ssh' ? state.linkMs : null;
  if (state.kind === 'passed') return (id) => passed(id, way, state.trial, linkMs);
  const current = state.kind === 'running' ? (linkMs === null ? 0 : 1) : failedIndex(way, state.problem, linkMs);
  const [now, later] = state.kind === 'running' ? (['running', 'waiting'] as const) : (['fail', 'skipped'] as const);
  return (id, index) => {
    if (index < current) return { result: 'pass', latencyMs: id === 'link' ? linkMs : null };
    return { result: index === current ? now : later };
  };
}

function failedIndex(way: Way, problem: Problem, linkMs: number | null): number {
  const failed = failedRow(problem, way, linkMs !== null);
  return Math.max(
    0,
    LABELS[way].findIndex(([id]) => id === failed),
  );
}

function passed(id: RowId, way: Way, { steps, facts }: TrialDto, linkMs: number | null): Outcome {
  const latency = (step: 'link' | 'api') => steps.find((each) => each.step === step)?.latencyMs ?? null;
  const result = 'pass';
  if (id === 'link') return { result, latencyMs: linkMs ?? latency('link') };
  if (id === 'find' && way === 'ssh') {
    return { result, latencyMs: latency('link'), note: facts.kubeconfigSource && `by ${facts.kubeconfigSource}` };
  }
  if (id !== 'api') return { result };
  const note = facts.isTunnelled ? `${facts.kubernetesVersion}, through SSH` : facts.kubernetesVersion;
  return { result, latencyMs: latency('api'), note };
}

const WARN_DAYS = 14;

/** Worth knowing before it is registered; none of it stands in the way. */
function safetyRows({ facts }: TrialDto, nowMs: number): TrialRow[] {
  const rows: TrialRow[] = [];
  if (facts.isRbacOn !== null) {
    rows.push({
      id: 'rights',
      label: 'Access rules (RBAC)',
      result: facts.isRbacOn ? 'pass' : 'warn',
      latencyMs: null,
      note: facts.isRbacOn
        ? 'on'
        : 'RBAC is off: every token that the cluster accepts may do everything. Turn it on with `microk8s enable rbac`.',
    });
  }
  const days = daysLeft(facts.certificateExpiresAt, nowMs);
  if (days !== null) {
    rows.push({
      id: 'certificate',
      label: 'Certificate of the API',
      result: days < WARN_DAYS ? 'warn' : 'pass',
      latencyMs: null,
      note: days < 0 ? 'It has ended. Renew it: `sudo microk8s refresh-certs`.' : `${days} days left`,
    });
  }
  return rows;
}
