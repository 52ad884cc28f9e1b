import { pictureOf } from '../domain/observation.js';
import type { ConnectionFacts, ServerResources } from '../domain/server.js';
import type { CallOptions, ClusterProvider } from '../providers/cluster-provider.js';
import type { Settings } from '../settings.js';

/** What goes along with the calls of a look. */
export type LookOptions = Pick<CallOptions, 'signal' | 'onStep'>;

/** What a working connection told. */
export interface Finding {
  readonly facts: ConnectionFacts;
  readonly resources: ServerResources;
}

/** Is it alive, and can nodes and pods be read? @throws ClusterError of the first step that fails */
export async function look(cluster: ClusterProvider, settings: Settings, options: LookOptions = {}): Promise<Finding> {
  const { facts } = await cluster.probe({ ...options, timeoutMs: settings.health.timeoutSeconds * 1000 });
  const at = new Date().toISOString();
  const { nodes, pods } = await cluster.observe({ ...options, timeoutMs: settings.refresh.timeoutSeconds * 1000 });
  options.onStep?.('nodes');
  return { facts, resources: pictureOf(nodes, pods, at) };
}
