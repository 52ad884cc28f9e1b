/** Logs of the fake's containers: lines that tests say, kept per pod, with `tailLines`, `previous` and `follow`. */
import type { ServerResponse } from 'node:http';
import { sendStatus } from './fake-answers.js';
import { hasStarted } from './fake-kubelet.js';
import type { KubeObject } from './fake-store.js';

export class FakeLogs {
  readonly #lines = new Map<string, { at: number; text: string }[]>();
  readonly #followers = new Map<string, Set<ServerResponse>>();

  say(uid: string, text: string): void {
    const lines = this.#lines.get(uid) ?? [];
    lines.push({ at: Date.now(), text });
    this.#lines.set(uid, lines);
    for (const response of this.#followers.get(uid) ?? []) response.write(`${text}\n`);
  }

  /** The container ends: so do the logs that follow it. */
  end(uid: string): void {
    for (const response of this.#followers.get(uid) ?? []) response.end();
  }

  followerCount(uid: string): number {
    return this.#followers.get(uid)?.size ?? 0;
  }

  serve(pod: KubeObject, response: ServerResponse, query: URLSearchParams): void {
    const { name, uid } = pod.metadata;
    const container = query.get('container') ?? '';
    if (!hasStarted(pod)) {
      const message = `container "${container}" in pod "${name}" is waiting to start: ContainerCreating`;
      return sendStatus(response, 400, 'BadRequest', message);
    }
    const isPrevious = query.get('previous') === 'true';
    const statuses = (pod.status?.['containerStatuses'] ?? []) as { restartCount?: number }[];
    if (isPrevious && !statuses.some((each) => (each.restartCount ?? 0) > 0)) {
      return sendStatus(
        response,
        400,
        'BadRequest',
        `previous terminated container "${container}" in pod "${name}" not found`,
      );
    }
    response.writeHead(200, { 'content-type': 'text/plain' });
    const newestFirst = Number(query.get('sinceSeconds') ?? 0);
    const lines = isPrevious ? [{ at: Date.now(), text: 'the run before' }] : (this.#lines.get(uid) ?? []);
    const wanted = lines.filter((each) => newestFirst === 0 || each.at >= Date.now() - newestFirst * 1_000);
    const tail = query.get('tailLines');
    const shown = tail === null ? wanted : wanted.slice(Math.max(0, wanted.length - Number(tail)));
    const isStamped = query.get('timestamps') === 'true';
    for (const { at, text } of shown) response.write(`${isStamped ? `${new Date(at).toISOString()} ` : ''}${text}\n`);
    if (query.get('follow') !== 'true') {
      response.end();
      return;
    }
    response.flushHeaders();
    const followers = this.#followers.get(uid) ?? new Set<ServerResponse>();
    this.#followers.set(uid, followers.add(response));
    response.once('close', () => followers.delete(response));
  }
}
