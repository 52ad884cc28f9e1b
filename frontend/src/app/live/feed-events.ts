import type { FleetDto } from '../api/models/fleet-dto';
import type { ServerDto } from '../api/models/server-dto';
import type { ServerEvent } from './sse-parser';

/** What the event stream tells this page. The shapes are the server's promise; nothing else than Berth itself can send them. */
export type FeedEvent =
  | { readonly kind: 'fleet'; readonly fleet: FleetDto }
  | { readonly kind: 'server'; readonly server: ServerDto }
  | { readonly kind: 'server-removed'; readonly id: string }
  | { readonly kind: 'ages'; readonly observedAt: Readonly<Record<string, string>> }
  | { readonly kind: 'pods'; readonly serverIds: readonly string[] }
  | { readonly kind: 'reset' };

/** Null for an event that this page does not know: a newer server may tell more. */
export function feedEvent({ type, data }: ServerEvent): FeedEvent | null {
  switch (type) {
    case 'fleet':
      return { kind: type, fleet: JSON.parse(data) as FleetDto };
    case 'server':
      return { kind: type, server: JSON.parse(data) as ServerDto };
    case 'server-removed':
      return { kind: type, id: (JSON.parse(data) as { id: string }).id };
    case 'ages':
      return { kind: type, observedAt: (JSON.parse(data) as { observedAt: Record<string, string> }).observedAt };
    case 'pods':
      return { kind: type, serverIds: (JSON.parse(data) as { serverIds: string[] }).serverIds };
    case 'reset':
      return { kind: type };
    default:
      return null;
  }
}
