import type { ServerDto } from '../api/models/server-dto';
import type { Tone } from '../ui/status-words';

export interface Notice {
  readonly tone: Tone;
  readonly heading: string;
  /** Whole sentences, one paragraph each. */
  readonly lines: readonly string[];
}

const KEPT = 'What you see below is as it was last seen. Pods there may well run on, and their reservations stay.';

/** What the state of a server means and what to do; null when all is well. */
export function noticeOf(server: ServerDto): Notice | null {
  const { message, pods } = server;
  if (server.isRemoving) {
    const lines = [`${count(pods.managed)} still to be deleted; then the server goes.`, message];
    return { tone: 'busy', heading: 'It is being removed', lines: lines.filter(Boolean) };
  }
  switch (server.state) {
    case 'Online':
      if (server.refreshError === null) return null;
      return {
        tone: 'warn',
        heading: 'The last refresh failed',
        lines: [server.refreshError, 'Berth tries again by itself.'],
      };
    case 'Connecting':
      return {
        tone: message === '' ? 'busy' : 'warn',
        heading: 'Berth is connecting',
        lines: [message, 'It takes launches as soon as it was reached and its nodes were read.'].filter(Boolean),
      };
    case 'Degraded':
      return {
        tone: 'warn',
        heading: 'It works, but not all is well',
        lines: [message, 'Its Kubernetes API answers; something that is known through it is old or bad.'].filter(
          Boolean,
        ),
      };
    case 'Offline':
      return {
        tone: 'bad',
        heading: 'Berth cannot use this server',
        lines: [message, KEPT, 'Berth keeps trying and comes back by itself.'].filter(Boolean),
      };
    case 'Paused':
      return {
        tone: 'calm',
        heading: 'Berth leaves this server alone',
        lines: [
          'It was paused: no checks and no launches. Its pods run on and keep their room.',
          'Resume it to look after it again.',
        ],
      };
    case 'HostKeyChanged':
      return {
        tone: 'bad',
        heading: 'The machine shows another host key than the one you confirmed',
        lines: [
          'Either it was reinstalled or got a new key, or another machine answers at its address and somebody may sit in between.',
          'Berth has sent no credential to it and sends none until an admin confirms the new key.',
          KEPT,
        ],
      };
  }
}

const count = (pods: number): string => (pods === 1 ? 'One pod is' : `${pods} pods are`);
