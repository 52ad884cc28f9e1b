/** What happened to a pod, from Berth's own instants and the cluster's events, oldest first. Pure. */
import type { PodDto } from '../api/models/pod-dto';
import type { PodEventDto } from '../api/models/pod-event-dto';
import { formatAmounts } from '../ui/amount-format';
import { isOver } from './pod-acts';

export interface Moment {
  readonly at: string | null;
  readonly who: 'Berth' | 'Cluster';
  readonly what: string;
  readonly detail: string;
  readonly isBad: boolean;
  /** How often it happened. */
  readonly count: number;
}

export function timeline(pod: PodDto, events: readonly PodEventDto[]): Moment[] {
  const told = events.map(eventMoment);
  const own = ownMoments(pod).filter(({ what }) => what !== 'Started' || !told.some((each) => each.what === 'Started'));
  return [...own, ...told].sort((a, b) => instant(a) - instant(b));
}

function ownMoments(pod: PodDto): Moment[] {
  const room = `${formatAmounts(pod.amounts)} on ${pod.serverName} / ${pod.nodeName}`;
  const moments = [own(pod.launchedAt, 'Reserved', `${room}, by ${pod.launchedBy}`)];
  const { state, changedAt } = pod.reservation;
  if (state === 'Bound') moments.push(own(changedAt, 'Created', 'The cluster has the pod.'));
  if (state === 'Releasing') moments.push(own(changedAt, 'Stopping', pod.message));
  if (state === 'Released') {
    const isBad = pod.state === 'Failed' || pod.state === 'Vanished';
    moments.push({ ...own(changedAt, pod.state, pod.message), isBad });
  }
  if (pod.startedAt !== null && !isOver(pod)) moments.push(own(pod.startedAt, 'Started', ''));
  return moments;
}

const own = (at: string, what: string, detail: string): Moment => ({
  at,
  who: 'Berth',
  what,
  detail,
  isBad: false,
  count: 1,
});

function eventMoment({ type, reason, message, count, lastAt, firstAt }: PodEventDto): Moment {
  return { at: lastAt ?? firstAt, who: 'Cluster', what: reason, detail: message, isBad: type === 'Warning', count };
}

/** What has no instant stands at the end. */
const instant = ({ at }: Moment): number => (at === null ? Number.POSITIVE_INFINITY : Date.parse(at));

export type StepState = 'done' | 'now' | 'failed' | 'ahead';

export interface Step {
  readonly label: string;
  readonly state: StepState;
}

const STEPS = ['Reserved', 'Creating', 'Starting', 'Running'] as const;

/** How far a launch has come; empty for a pod that is leaving or gone. */
export function progress({ state, reservation }: Pick<PodDto, 'state' | 'reservation'>): Step[] {
  if (reservation.state === 'Releasing' || reservation.state === 'Released') return [];
  const reached = STEPS.findIndex((step) => step === state);
  const at = reached === -1 ? STEPS.indexOf('Starting') : reached;
  return STEPS.map((label, index) => ({ label, state: stepState(index, at, state) }));
}

function stepState(index: number, at: number, state: PodDto['state']): StepState {
  if (index < at || state === 'Running') return 'done';
  if (index > at) return 'ahead';
  return state === 'Failing' ? 'failed' : 'now';
}

/** What to do about a failure, by its reason; empty when nothing is known. */
export function adviceFor(reason: string): string {
  return Object.hasOwn(ADVICE, reason) ? (ADVICE[reason] ?? '') : '';
}

const ADVICE: Readonly<Record<string, string>> = {
  ImagePullFailed: 'Check the image name and tag, and that the machine can reach the registry. Then launch it again.',
  CrashLoop: 'Its program ends with an error. Look at the log, and at the log of the previous container.',
  OutOfMemory: 'It used more memory than it reserved. Launch it again with more.',
  Unschedulable: 'The cluster does not place it. Look at the events; something else may have taken the room.',
  ConfigurationError: 'The cluster does not accept what was asked for. Read the message, then launch it again changed.',
  Evicted: 'The node was short of something and put it out. Launch it again, perhaps with more storage or memory.',
  Exited: 'Its program has ended. Look at the log to see why.',
};
