/** Chooses a node for a request: best fit, so that large rooms stay whole. Pure and deterministic. */
import type { NodeAccount } from './ledger.js';
import { fits, RESOURCE_KINDS, type ResourceVector, type Shortfall, shortfalls } from './resources.js';

export interface Candidate {
  readonly serverId: string;
  readonly serverName: string;
  readonly account: NodeAccount;
}

/** 0 when nothing would be left, 1 per kind that would be left untouched. Pod slots are left out: they are plenty. */
function leftover(asked: ResourceVector, { allocatable, available }: NodeAccount): number {
  return RESOURCE_KINDS.filter((kind) => kind !== 'podCount' && allocatable[kind] > 0)
    .map((kind) => (available[kind] - asked[kind]) / allocatable[kind])
    .reduce((total, share) => total + share, 0);
}

const identity = ({ serverName, account }: Candidate): string => `${serverName}/${account.nodeName}`;

/** The candidate with the least left over, or null when none fits. GPU nodes come last for those who ask for no GPU. */
export function bestFit(asked: ResourceVector, candidates: readonly Candidate[]): Candidate | null {
  const open = candidates.filter(({ account }) => account.closedReason === null && fits(asked, account.available));
  return open.reduce<Candidate | null>((best, each) => {
    if (best === null) return each;
    const difference = leftover(asked, each.account) - leftover(asked, best.account);
    return difference < 0 || (difference === 0 && identity(each) < identity(best)) ? each : best;
  }, null);
}

/** Why one candidate does not fit. */
export interface Misfit {
  readonly candidate: Candidate;
  readonly closedReason: string | null;
  readonly shortfalls: readonly Shortfall[];
}

/** The nearest misses first: fewest kinds short, then the smallest part of the request missing. */
export function nearestMisfits(asked: ResourceVector, candidates: readonly Candidate[], limit: number): Misfit[] {
  const missingShare = (misfit: Misfit): number =>
    misfit.shortfalls.reduce((worst, each) => Math.max(worst, each.missing / each.asked), 0);
  return candidates
    .map((candidate) => ({
      candidate,
      closedReason: candidate.account.closedReason,
      shortfalls: shortfalls(asked, candidate.account.available),
    }))
    .sort(
      (a, b) =>
        Number(a.closedReason !== null) - Number(b.closedReason !== null) ||
        a.shortfalls.length - b.shortfalls.length ||
        missingShare(a) - missingShare(b) ||
        (identity(a.candidate) < identity(b.candidate) ? -1 : 1),
    )
    .slice(0, limit);
}
