/** Watches of the fake: history first, then what happens, bookmarks, and an end in good order. */
import type { ServerResponse } from 'node:http';
import { sendStatus, statusBody } from './fake-answers.js';
import { type Change, type FakeStore, KINDS, type Resource } from './fake-store.js';

export interface WatchManners {
  /** How a forgotten resource version is told. */
  gone: 'http' | 'stream';
  bookmarkMs: number;
}

export class FakeWatches {
  readonly #open = new Set<ServerResponse>();

  constructor(
    private readonly store: FakeStore,
    readonly manners: WatchManners,
  ) {}

  get openCount(): number {
    return this.#open.size;
  }

  /** Writes raw bytes into every open watch. */
  inject(text: string): void {
    for (const response of this.#open) response.write(text);
  }

  /** Cuts every watch without an end, as a crash does. */
  cut(): void {
    for (const response of this.#open) response.socket?.destroy();
  }

  serve(response: ServerResponse, resource: Resource, query: URLSearchParams, namespace?: string): void {
    const from = Number(query.get('resourceVersion') ?? 0);
    const gone = `too old resource version: ${from} (${this.store.compactedTo})`;
    const isGone = from < this.store.compactedTo;
    if (isGone && this.manners.gone === 'http') return sendStatus(response, 410, 'Expired', gone);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const line = (type: string, object: object) => response.write(`${JSON.stringify({ type, object })}\n`);
    if (isGone) {
      line('ERROR', statusBody(410, 'Expired', gone));
      response.end();
      return;
    }
    const tell = (change: Change) => {
      const isWanted =
        change.resource === resource && (namespace === undefined || change.object.metadata.namespace === namespace);
      if (isWanted) line(change.type, change.object);
    };
    for (const change of this.store.since(resource, from)) tell(change);
    this.#follow(response, resource, query, tell, line);
  }

  #follow(
    response: ServerResponse,
    resource: Resource,
    query: URLSearchParams,
    tell: (change: Change) => void,
    line: (type: string, object: object) => void,
  ): void {
    const [apiVersion, kind] = KINDS[resource];
    const bookmark = () => {
      const metadata = { resourceVersion: String(this.store.version) };
      if (query.get('allowWatchBookmarks') === 'true') line('BOOKMARK', { apiVersion, kind, metadata });
    };
    const unsubscribe = this.store.onChange(tell);
    const marks = setInterval(bookmark, this.manners.bookmarkMs);
    const end = setTimeout(
      () => {
        bookmark();
        // Before `finish`: what changes until then may not be written any more.
        forget();
        response.end();
      },
      Number(query.get('timeoutSeconds') ?? 300) * 1_000,
    );
    this.#open.add(response);
    const forget = () => {
      unsubscribe();
      clearInterval(marks);
      clearTimeout(end);
      this.#open.delete(response);
    };
    response.once('finish', forget);
    response.once('close', forget);
  }
}
