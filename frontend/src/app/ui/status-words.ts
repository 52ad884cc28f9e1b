import type { IconName } from './icons';

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'calm';

export interface StatusWords {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: IconName;
}

/** How each state of a server and of a pod is shown: a word and a drawing, never colour alone. */
const STATUS_WORDS: Readonly<Record<string, StatusWords>> = {
  Connecting: { label: 'Connecting', tone: 'busy', icon: 'spinner' },
  Online: { label: 'Online', tone: 'good', icon: 'check' },
  Degraded: { label: 'Degraded', tone: 'warn', icon: 'alert' },
  Offline: { label: 'Offline', tone: 'bad', icon: 'offline' },
  HostKeyChanged: { label: 'Host key changed', tone: 'bad', icon: 'shield' },
  Paused: { label: 'Paused', tone: 'calm', icon: 'pause' },
  Removing: { label: 'Removing', tone: 'busy', icon: 'trash' },

  Reserved: { label: 'Reserved', tone: 'busy', icon: 'clock' },
  Creating: { label: 'Creating', tone: 'busy', icon: 'spinner' },
  Starting: { label: 'Starting', tone: 'busy', icon: 'spinner' },
  Running: { label: 'Running', tone: 'good', icon: 'play' },
  Failing: { label: 'Failing', tone: 'bad', icon: 'alert' },
  Unknown: { label: 'Unknown', tone: 'warn', icon: 'help' },
  Stopping: { label: 'Stopping', tone: 'busy', icon: 'stop' },
  Finished: { label: 'Finished', tone: 'calm', icon: 'check' },
  Deleted: { label: 'Deleted', tone: 'calm', icon: 'trash' },
  Cancelled: { label: 'Cancelled', tone: 'calm', icon: 'close' },
  Vanished: { label: 'Vanished', tone: 'warn', icon: 'help' },
  Failed: { label: 'Failed', tone: 'bad', icon: 'close' },
};

/** A state that this page does not know yet is shown by its name. */
export function statusWords(state: string): StatusWords {
  return (
    (Object.hasOwn(STATUS_WORDS, state) ? STATUS_WORDS[state] : undefined) ?? {
      label: state,
      tone: 'calm',
      icon: 'circle',
    }
  );
}
