/** What trying a connection looks like, row by row. Pure. */
import type { TrialDto } from '../api/models/trial-dto';
import type { TrialStepDto } from '../api/models/trial-step-dto';
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
  | { readonly kind: 'running'; readonly steps: readonly TrialStepDto[] }
  | { readonly kind: 'passed'; readonly trial: TrialDto }
  | {
      readonly kind: 'failed';
      readonly problem: Problem;
      readonly steps: readonly TrialStepDto[];
      /** False when the request was refused before anything was tried. */
      readonly isTried: boolean;
    };

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

/** How many rows are passed. A step that is passed says that those before it are. */
function passedRows(way: Way, steps: readonly TrialStepDto[]): number {
  const ids = LABELS[way].map(([id]) => id);
  const counts = steps.map(({ step }) => (step === 'open' ? ids.indexOf('api') : ids.indexOf(step) + 1));
  return Math.max(0, ...counts);
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
  const steps = state.kind === 'passed' ? state.trial.steps : state.steps;
  const latency = (id: RowId) => steps.find(({ step }) => step === id)?.latencyMs ?? null;
  if (state.kind === 'passed') {
    return (id) => ({ result: 'pass', latencyMs: latency(id), note: noteOf(id, way, state.trial) });
  }
  if (state.kind === 'failed' && !state.isTried) return () => ({ result: 'skipped' });
  const current = passedRows(way, steps);
  const [now, later] = state.kind === 'running' ? (['running', 'waiting'] as const) : (['fail', 'skipped'] as const);
  return (id, index) => {
    if (index < current) return { result: 'pass', latencyMs: latency(id) };
    return { result: index === current ? now : later };
  };
}

function noteOf(id: RowId, way: Way, { facts }: TrialDto): string {
  if (id === 'find' && way === 'ssh') return facts.kubeconfigSource && `by ${facts.kubeconfigSource}`;
  if (id !== 'api') return '';
  return facts.isTunnelled ? `${facts.kubernetesVersion}, through SSH` : facts.kubernetesVersion;
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
