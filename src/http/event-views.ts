/** What the event stream shows: the same views as the GETs, as JSON. Given by the rooms that own them, so that http knows none of them. */
export abstract class EventViews {
  /** The view of one server; null when there is no such server. */
  abstract server(serverId: string): string | null;
  /** The view of one pod that has a record on this server; null when it has none. */
  abstract pod(serverId: string, podId: string): string | null;
  abstract fleet(): string;
  /** Does the work of a view that will be asked for, so that many changes do not come due at once. */
  abstract prepare(serverId: string): void;
}
