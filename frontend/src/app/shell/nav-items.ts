import type { IconName } from '../ui/icons';

export interface NavItem {
  readonly path: string;
  readonly label: string;
  readonly icon: IconName;
  /** Shown in the help sheet; the keys are heard by `Shortcuts`. */
  readonly keys: string;
}

export const NAV_ITEMS: readonly NavItem[] = [
  { path: '/fleet', label: 'Fleet', icon: 'server', keys: 'g f' },
  { path: '/pods', label: 'Pods', icon: 'box', keys: 'g p' },
  { path: '/launch', label: 'Launch', icon: 'rocket', keys: 'n' },
  { path: '/jobs', label: 'Jobs', icon: 'clock', keys: 'g j' },
];
