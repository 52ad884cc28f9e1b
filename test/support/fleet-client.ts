/** What a user does over HTTP, in a few words, for whole Berths in or out of this process. */
import type { PodDto } from '../../src/pods/pod.dto.js';
import type { Problem } from '../../src/http/problem.js';
import type { ServerDto } from '../../src/servers/server.dto.js';

export interface Answer<T> {
  readonly status: number;
  readonly body: T & Partial<Problem>;
}

type Send = (path: string, options: RequestInit & { readonly json?: unknown }) => Promise<Response>;

export const senderTo =
  (url: string, token: string): Send =>
  (path, { json, headers, ...rest }) => {
    const sent = new Headers(headers);
    sent.set('authorization', `Bearer ${token}`);
    if (json !== undefined) sent.set('content-type', 'application/json');
    return fetch(url + path, { ...rest, headers: sent, ...(json === undefined ? {} : { body: JSON.stringify(json) }) });
  };

export class FleetClient {
  constructor(private readonly send: Send) {}

  async call<T = unknown>(method: string, path: string, json?: unknown, key?: string): Promise<Answer<T>> {
    const response = await this.send(`/api/v1${path}`, {
      method,
      ...(json === undefined ? {} : { json }),
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
    const text = await response.text();
    return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Answer<T>['body'] };
  }

  /** Fails unless the answer is a 2xx. */
  async must<T>(method: string, path: string, json?: unknown, key?: string): Promise<T> {
    const { status, body } = await this.call<T>(method, path, json, key);
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  register(name: string, reach: object): Promise<ServerDto> {
    return this.must('POST', '/servers', { name, ...reach });
  }

  sandbox(name: string, sandbox: object = {}): Promise<ServerDto> {
    return this.register(name, { sandbox: { nodes: 1, latencyMs: 0, ...sandbox } });
  }

  server(id: string): Promise<ServerDto> {
    return this.must('GET', `/servers/${id}`);
  }

  launch(some: object, key?: string): Promise<Answer<PodDto>> {
    return this.call('POST', '/pods', { image: 'registry.test/web:1', cpus: 0.1, memoryGiB: 0.1, ...some }, key);
  }

  async mustLaunch(some: object, wait = 0): Promise<PodDto> {
    const asked = { image: 'registry.test/web:1', cpus: 0.1, memoryGiB: 0.1, ...some };
    return this.must('POST', `/pods?wait=${wait}`, asked);
  }

  pod(id: string): Promise<PodDto> {
    return this.must('GET', `/pods/${id}`);
  }

  async pods(query = 'limit=1000'): Promise<readonly PodDto[]> {
    return (await this.must<{ readonly items: readonly PodDto[] }>('GET', `/pods?${query}`)).items;
  }

  remove(id: string, key?: string): Promise<Answer<PodDto>> {
    return this.call('DELETE', `/pods/${id}`, undefined, key);
  }
}

/** Looks again until `isTrue`; for other processes, whose events cannot be awaited. The test's own timeout is the limit. */
export async function eventually<T>(look: () => Promise<T>, isTrue: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (isTrue(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
