import type { ServerDto } from '../api/models/server-dto';

export type ServerChange =
  | { readonly kind: 'loaded'; readonly servers: readonly ServerDto[] }
  | { readonly kind: 'server'; readonly server: ServerDto }
  | { readonly kind: 'ages'; readonly observedAt: Readonly<Record<string, string>> }
  | { readonly kind: 'removed'; readonly id: string };

export type ServersById = ReadonlyMap<string, ServerDto>;

/** The servers after these changes, in their order. A server that did not change keeps its identity. */
export function applyChanges(before: ServersById, changes: readonly ServerChange[]): ServersById {
  let after = new Map(before);
  for (const change of changes) {
    if (change.kind === 'loaded') after = new Map(change.servers.map((server) => [server.id, server]));
    else if (change.kind === 'server') after.set(change.server.id, change.server);
    else if (change.kind === 'removed') after.delete(change.id);
    else applyAges(after, change.observedAt);
  }
  return after;
}

function applyAges(servers: Map<string, ServerDto>, observedAt: Readonly<Record<string, string>>): void {
  for (const [id, at] of Object.entries(observedAt)) {
    const server = servers.get(id);
    if (server) servers.set(id, { ...server, observedAt: at });
  }
}
