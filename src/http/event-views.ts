/** What the event stream shows: the same views as the GETs. Given by the rooms that own them, so that http knows none of them. */
export abstract class EventViews {
  /** The view of one server; null when there is no such server. */
  abstract server(serverId: string): object | null;
  /** The views of exactly those pods that have a record on this server, by the record's id. */
  abstract pods(serverId: string): readonly (object & { readonly id: string })[];
  abstract fleet(): object;
}
