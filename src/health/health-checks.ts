/** The four checks of a server: link → api → nodes → pods. A step after a failed one is skipped. Pure. */
import { isOtherCluster } from '../clusters/other-cluster.js';
import { BerthError, ERROR_CATALOGUE, type ErrorCode } from '../domain/errors.js';
import type { NodeInfo } from '../domain/node.js';
import type { ConnectionFacts, HealthCheck, ServerObservation, ServerRecord } from '../domain/server.js';
import type { ProbeReport, ProbeStep } from '../providers/cluster-provider.js';
import { ageInWords } from './age-in-words.js';
import type { Verdict } from './health-policy.js';

const DAY_MS = 86_400_000;
/** MicroK8s renews its certificates only by hand, so the warning must come early. */
const CERTIFICATE_WARNING_MS = 14 * DAY_MS;

/** These fail before the Kubernetes API is spoken to; all other codes are the API's. */
const LINK_CODES: ReadonlySet<ErrorCode> = new Set([
  'ADDRESS_NOT_ALLOWED',
  'HOST_NOT_FOUND',
  'HOST_KEY_UNCONFIRMED',
  'HOST_KEY_CHANGED',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'CONNECTION_LOST',
  'SSH_AUTHENTICATION_FAILED',
  'SSH_KEY_INVALID',
  'SSH_PROTOCOL_ERROR',
  'CREDENTIAL_UNREADABLE',
]);

/** What a probe came to. */
export type ProbeOutcome =
  | { readonly isAlive: true; readonly report: ProbeReport }
  | { readonly isAlive: false; readonly error: BerthError };

/** What was looked at, and when. `staleAfterMs`: a picture older than this is no longer trusted. */
export interface Look {
  readonly server: ServerRecord;
  readonly outcome: ProbeOutcome;
  readonly seen: ServerObservation;
  readonly nowMs: number;
  readonly staleAfterMs: number;
}

export interface Findings {
  readonly checks: readonly HealthCheck[];
  readonly verdict: Verdict;
}

const withHint = (code: ErrorCode, message: string): string => `${message} ${ERROR_CATALOGUE[code].hint}`;
const check = (
  name: HealthCheck['name'],
  result: HealthCheck['result'],
  message = '',
  latencyMs: number | null = null,
): HealthCheck => ({ name, result, latencyMs, message });

export function examine(look: Look): Findings {
  const { outcome } = look;
  return outcome.isAlive ? examineAlive(look, outcome.report) : examineDead(outcome.error);
}

function failedStep(error: BerthError): ProbeStep {
  const { step } = error.details;
  if (step === 'link' || step === 'api') return step;
  return LINK_CODES.has(error.code) ? 'link' : 'api';
}

function examineDead(error: BerthError): Findings {
  const message = withHint(error.code, error.message);
  const isLink = failedStep(error) === 'link';
  const checks = [
    isLink ? check('link', 'fail', message) : check('link', 'pass'),
    isLink ? check('api', 'skipped') : check('api', 'fail', message),
    check('nodes', 'skipped'),
    check('pods', 'skipped'),
  ];
  const verdict: Verdict =
    error.code === 'HOST_KEY_CHANGED'
      ? { kind: 'host-key-changed', message }
      : { kind: 'down', code: error.code, message };
  return { checks, verdict };
}

function examineAlive(look: Look, report: ProbeReport): Findings {
  const latency = (step: ProbeStep): number | null =>
    report.steps.find((each) => each.step === step)?.latencyMs ?? null;
  const link = check('link', 'pass', '', latency('link'));
  if (isOtherCluster(look.server, report.facts)) {
    const code = 'CLUSTER_CHANGED';
    const message = withHint(code, 'Another Kubernetes cluster answers at the address of this server.');
    const rest = [check('nodes', 'skipped'), check('pods', 'skipped')];
    return {
      checks: [link, check('api', 'fail', message, latency('api')), ...rest],
      verdict: { kind: 'unusable', code, message },
    };
  }
  const warnings = apiWarnings(report.facts, look.nowMs);
  const api = check('api', warnings.length > 0 ? 'warn' : 'pass', warnings.join(' '), latency('api'));
  const stale = staleReason(look);
  const nodes = nodesCheck(look.seen, stale);
  const checks = [link, api, nodes.check, podsCheck(look.seen, stale)];
  return { checks, verdict: nodes.verdict };
}

/** Worth knowing, but the server works: warnings of the api check never change its state. */
function apiWarnings(facts: ConnectionFacts, nowMs: number): string[] {
  const warnings: string[] = [];
  const leftMs = facts.certificateExpiresAt === null ? Infinity : Date.parse(facts.certificateExpiresAt) - nowMs;
  if (leftMs < CERTIFICATE_WARNING_MS) {
    const when = leftMs > 0 ? `ends in ${ageInWords(leftMs)}` : 'has ended';
    warnings.push(`The certificate of the Kubernetes API ${when}. ${ERROR_CATALOGUE.CERTIFICATE_EXPIRED.hint}`);
  }
  if (facts.isRbacOn === false) {
    warnings.push(
      'RBAC is off: every token that the cluster accepts may do everything. `microk8s enable rbac` turns it on.',
    );
  }
  return warnings;
}

interface Stale {
  readonly code: ErrorCode;
  readonly message: string;
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CATALOGUE, code);

function staleReason({ seen, nowMs, staleAfterMs }: Look): Stale | null {
  if (!seen.resources) return null;
  const ageMs = nowMs - Date.parse(seen.resources.observedAt);
  if (ageMs <= staleAfterMs) return null;
  const code = seen.refreshError && isErrorCode(seen.refreshError.code) ? seen.refreshError.code : 'CONNECTION_TIMEOUT';
  const why = seen.refreshError?.message ?? 'Nothing was read since; look whether the refresh job runs.';
  return { code, message: `Nodes and pods were last seen ${ageInWords(ageMs)} ago. ${why}` };
}

function nodesCheck(
  seen: ServerObservation,
  stale: Stale | null,
): { readonly check: HealthCheck; readonly verdict: Verdict } {
  const degraded = (code: ErrorCode, result: HealthCheck['result'], message: string) => ({
    check: check('nodes', result, message),
    verdict: { kind: 'degraded', code, message } as const,
  });
  if (!seen.resources) {
    const error = seen.refreshError;
    if (!error) return { check: check('nodes', 'skipped', 'The nodes were not read yet.'), verdict: { kind: 'up' } };
    const code = isErrorCode(error.code) ? error.code : 'INTERNAL';
    return degraded(code, 'fail', withHint(code, `The nodes cannot be read: ${error.message}`));
  }
  if (stale) return degraded(stale.code, 'warn', stale.message);
  const nodes = Object.values(seen.resources.nodes);
  const down = nodes.filter((node) => !node.isReady);
  if (nodes.length === 0) return degraded('KUBERNETES_UNAVAILABLE', 'fail', 'The cluster has no nodes.');
  if (down.length > 0)
    return degraded('KUBERNETES_UNAVAILABLE', down.length < nodes.length ? 'warn' : 'fail', notReady(down, nodes));
  const closed = nodes.filter((node) => node.isCordoned).length;
  const message = `${count(nodes.length, 'node')} ready${closed > 0 ? `, ${closed} cordoned` : ''}`;
  return { check: check('nodes', 'pass', message), verdict: { kind: 'up' } };
}

function notReady(down: readonly NodeInfo[], nodes: readonly NodeInfo[]): string {
  const names =
    down
      .slice(0, 3)
      .map((node) => node.name)
      .join(', ') + (down.length > 3 ? ', …' : '');
  return `${down.length} of ${count(nodes.length, 'node')} not ready: ${names}. Look at the kubelet there (\`kubectl describe node\`).`;
}

/** Pods that fail are their owner's concern: the check warns, the state of the server stays. */
function podsCheck(seen: ServerObservation, stale: Stale | null): HealthCheck {
  if (!seen.resources) return check('pods', 'skipped');
  if (stale) return check('pods', 'warn', stale.message);
  const managed = Object.values(seen.resources.pods).filter((pod) => pod.reservationId !== null);
  const failing = managed.filter((pod) => pod.failure !== null).length;
  const words = `${count(managed.length, 'pod')} of Berth`;
  return failing > 0 ? check('pods', 'warn', `${words}, ${failing} failing`) : check('pods', 'pass', words);
}

const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? '' : 's'}`;
