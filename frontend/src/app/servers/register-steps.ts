import type { Way } from './server-draft';

export type Step = 'reach' | 'host-key' | 'trial' | 'naming';

export const STEP_LABELS: Readonly<Record<Step, string>> = {
  reach: 'How to reach it',
  'host-key': 'Is it the right machine?',
  trial: 'Try it',
  naming: 'Name it',
};

/** Only SSH has a host key to compare. */
export function stepsOf(way: Way): readonly Step[] {
  return way === 'ssh' ? ['reach', 'host-key', 'trial', 'naming'] : ['reach', 'trial', 'naming'];
}
