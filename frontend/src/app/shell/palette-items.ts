import type { PodRowDto } from '../api/models/pod-row-dto';
import type { ServerDto } from '../api/models/server-dto';
import type { IconName } from '../ui/icons';
import { statusWords } from '../ui/status-words';

export interface PaletteItem {
  readonly id: string;
  readonly group: 'Actions' | 'Servers' | 'Pods';
  readonly icon: IconName;
  readonly label: string;
  readonly detail: string;
  /** Where it leads; null: `run` does it. */
  readonly path: string | null;
}

const MAX_SERVERS = 8;

export const ACTIONS: readonly PaletteItem[] = [
  action('fleet', 'server', 'Go to the fleet', '/fleet'),
  action('pods', 'box', 'Go to the pods', '/pods'),
  action('launch', 'rocket', 'Launch a pod', '/launch'),
  action('jobs', 'clock', 'Go to the jobs and the state of Berth', '/jobs'),
  action('add-server', 'plus', 'Add a server', '/servers/new'),
  action('theme', 'moon', 'Switch between light and dark', null),
  action('help', 'help', 'Show the keyboard shortcuts', null),
  action('sign-out', 'signOut', 'Sign out', null),
];

function action(id: string, icon: IconName, label: string, path: string | null): PaletteItem {
  return { id: `action-${id}`, group: 'Actions', icon, label, detail: '', path };
}

/** Every word of the text must be somewhere. An empty text finds everything. */
export function hasWords(text: string, ...places: readonly string[]): boolean {
  const whole = places.join(' ').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => whole.includes(word));
}

export function findActions(text: string): PaletteItem[] {
  return ACTIONS.filter(({ label }) => hasWords(text, label));
}

/** The best first: names that begin with the text, then the rest by name. */
export function findServers(text: string, servers: readonly ServerDto[]): PaletteItem[] {
  if (text === '') return [];
  const start = text.toLowerCase();
  const rank = (server: ServerDto): number => (server.name.toLowerCase().startsWith(start) ? 0 : 1);
  return servers
    .filter(({ name, location, tags, connection }) => hasWords(text, name, location, connection.address, ...tags))
    .sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name))
    .slice(0, MAX_SERVERS)
    .map((server) => ({
      id: `server-${server.id}`,
      group: 'Servers',
      icon: 'server',
      label: server.name,
      detail: [statusWords(server.state).label, server.location].filter(Boolean).join(' · '),
      path: `/servers/${server.id}`,
    }));
}

export function podItems(
  pods: readonly Pick<PodRowDto, 'id' | 'name' | 'state' | 'serverName' | 'image'>[],
): PaletteItem[] {
  return pods.map((pod) => ({
    id: `pod-${pod.id}`,
    group: 'Pods',
    icon: 'box',
    label: pod.name,
    detail: `${statusWords(pod.state).label} on ${pod.serverName} · ${pod.image}`,
    path: `/pods/${pod.id}`,
  }));
}
