/**
 * A TLS proxy in front of any API server, fake or real, that breaks what a plan tells it to. It answers clients with its own certificate
 * and goes on with the real credentials, so the kubeconfig that it hands out names the proxy and nothing else.
 * Faults are switched at run time; every request is counted, faulty or not.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request as requestUpstream, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { makeAuthority } from './certificates.js';
import { rememberTcp, resetBelowTls } from './tcp-reset.js';

export type Fault =
  /** The API server accepts and answers; the client's connection is cut instead. */
  | { readonly kind: 'answer-lost' }
  /** The same, by TCP reset. */
  | { readonly kind: 'reset' }
  /** The connection is cut before the API server sees the request. */
  | { readonly kind: 'cut-before' }
  /** The API server accepts; its answer comes this much later. */
  | { readonly kind: 'late-answer'; readonly ms: number }
  /** The API server accepts; the client is told another status. */
  | { readonly kind: 'status-after'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  /** The API server sees nothing; the client gets this answer. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Buffer;
    }
  /** The answer comes a byte at a time. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** Headers, then nothing more, ever. */
  | { readonly kind: 'silence' }
  /** A 200 without a length whose body repeats `chunk` until it is `bytes` long. */
  | { readonly kind: 'flood'; readonly chunk: string; readonly bytes: number }
  | { readonly kind: 'gzip-bomb'; readonly bytes: number };

export interface FaultRule {
  readonly method?: string;
  /** Matched against path and query. */
  readonly path?: RegExp;
  /** How many requests it hits; without it, all until `heal`. */
  readonly times?: number;
  readonly fault: Fault;
}

interface Upstream {
  readonly host: string;
  readonly port: number;
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

const TOKEN = 'fault-proxy-token';
const FLOOD_PIECE_BYTES = 64 * 1024;

const decoded = (base64: string | undefined) =>
  base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString();

interface KubeconfigText {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string };
  }[];
  readonly users: readonly {
    readonly user: {
      readonly token?: string;
      readonly 'client-certificate-data'?: string;
      readonly 'client-key-data'?: string;
    };
  }[];
}

function upstreamOf(kubeconfig: string): Upstream {
  const { clusters, users } = parse(kubeconfig) as KubeconfigText;
  const [cluster, user] = [clusters[0]?.cluster, users[0]?.user];
  if (!cluster || !user) throw new Error('the kubeconfig has no cluster or no user');
  const { hostname, port } = new URL(cluster.server);
  const ca = decoded(cluster['certificate-authority-data']);
  const [cert, key] = [decoded(user['client-certificate-data']), decoded(user['client-key-data'])];
  return {
    host: hostname,
    port: Number(port || 443),
    agent: new Agent({ keepAlive: true, ...(ca && { ca }), ...(cert && key && { cert, key }) }),
    headers: user.token === undefined ? {} : { authorization: `Bearer ${user.token}` },
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export class FaultProxy {
  readonly requests: { readonly method: string; readonly url: string; readonly isFaulty: boolean }[] = [];
  /** How much the floods have got rid of: what nobody takes stays here. */
  floodedBytes = 0;
  readonly #authority = makeAuthority({ commonName: 'fault proxy CA' });
  readonly #server: Server;
  readonly #upstream: Upstream;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #tcp = new Map<number, Socket>();
  #rules: { readonly rule: FaultRule; left: number }[] = [];

  constructor(kubeconfig: string) {
    this.#upstream = upstreamOf(kubeconfig);
    const { certificatePem: cert, keyPem: key } = this.#authority.issue({
      commonName: 'proxy',
      ipAddresses: ['127.0.0.1'],
    });
    this.#server = createServer({ cert, key }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    rememberTcp(this.#server, this.#tcp);
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#upstream.agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  kubeconfig(): string {
    const { port } = this.#server.address() as AddressInfo;
    const ca = Buffer.from(this.#authority.certificatePem).toString('base64');
    return [
      'apiVersion: v1',
      'kind: Config',
      'clusters:',
      `- {name: proxy, cluster: {server: 'https://127.0.0.1:${port}', certificate-authority-data: ${ca}}}`,
      'contexts:',
      '- {name: proxy, context: {cluster: proxy, user: admin}}',
      'current-context: proxy',
      'users:',
      `- {name: admin, user: {token: ${TOKEN}}}`,
      '',
    ].join('\n');
  }

  /** From now on, requests that match meet the fault; the first rule that matches wins. */
  inject(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? Infinity });
  }

  heal(): void {
    this.#rules = [];
  }

  count(method: string, path: RegExp): number {
    return this.requests.filter((each) => each.method === method && path.test(each.url)).length;
  }

  #faultFor(method: string, url: string): Fault | null {
    const found = this.#rules.find(
      ({ rule, left }) => left > 0 && (rule.method ?? method) === method && (rule.path?.test(url) ?? true),
    );
    if (!found) return null;
    found.left--;
    return found.rule.fault;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [method, url] = [request.method ?? 'GET', request.url ?? '/'];
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end('{"kind":"Status","code":401}');
      return;
    }
    const fault = this.#faultFor(method, url);
    this.requests.push({ method, url, isFaulty: fault !== null });
    const body = await readAll(request);
    if (fault !== null && this.#spoiltBefore(fault, request, response)) return;
    const answer = await this.#forward(request, body, response);
    if (fault === null) this.#pass(answer, response);
    else await this.#spoil(fault, answer, response, request);
  }

  async #forward(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<IncomingMessage> {
    const { host, port, agent, headers } = this.#upstream;
    const { authorization: _ours, host: _named, connection: _hop, ...passed } = request.headers;
    const outgoing = requestUpstream({
      host,
      port,
      agent,
      method: request.method,
      path: request.url,
      headers: { ...passed, ...headers },
    });
    // Whoever hangs up on us hangs up on the API server too: else its watches would pile up.
    response.once('close', () => outgoing.destroy());
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.on('error', () => response.destroy());
    return answer;
  }

  #pass(answer: IncomingMessage, response: ServerResponse): void {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.flushHeaders();
    answer.pipe(response);
    answer.once('aborted', () => response.destroy());
  }

  /** Faults in which the API server has no part. */
  #spoiltBefore(fault: Fault, request: IncomingMessage, response: ServerResponse): boolean {
    switch (fault.kind) {
      case 'cut-before':
        request.socket.destroy();
        return true;
      case 'answer':
        response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
        response.end(fault.body ?? '{}');
        return true;
      case 'silence':
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        return true;
      case 'flood':
        this.#flood(fault.chunk, fault.bytes, response);
        return true;
      case 'gzip-bomb':
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
        response.end(gzipSync(Buffer.alloc(fault.bytes, 0x5b)));
        return true;
      case 'answer-lost':
      case 'late-answer':
      case 'reset':
      case 'status-after':
      case 'trickle':
        return false;
    }
  }

  /** Faults after the API server has done its part. */
  async #spoil(
    fault: Fault,
    answer: IncomingMessage,
    response: ServerResponse,
    request: IncomingMessage,
  ): Promise<void> {
    const body = await readAll(answer);
    switch (fault.kind) {
      case 'reset':
        resetBelowTls(request.socket, this.#tcp);
        return;
      case 'late-answer':
        this.#timers.add(
          setTimeout(() => response.writeHead(answer.statusCode ?? 502, answer.headers).end(body), fault.ms),
        );
        return;
      case 'status-after':
        response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
        response.end('{"kind":"Status","status":"Failure","message":"the proxy says so"}');
        return;
      case 'trickle':
        this.#trickle(answer, body, fault.everyMs, response);
        return;
      case 'answer':
      case 'answer-lost':
      case 'cut-before':
      case 'flood':
      case 'gzip-bomb':
      case 'silence':
        request.socket.destroy();
    }
  }

  #trickle(answer: IncomingMessage, body: Buffer, everyMs: number, response: ServerResponse): void {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    let at = 0;
    const timer = setInterval(() => {
      if (at >= body.length) response.end();
      else response.write(body.subarray(at, ++at));
    }, everyMs);
    this.#timers.add(timer);
    response.once('close', () => clearInterval(timer));
  }

  #flood(chunk: string, bytes: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    const piece = Buffer.from(chunk.repeat(Math.ceil(FLOOD_PIECE_BYTES / chunk.length)));
    let left = bytes;
    const pour = () => {
      while (left > 0 && !response.destroyed) {
        left -= piece.length;
        this.floodedBytes += piece.length;
        if (!response.write(piece)) return void response.once('drain', pour);
      }
      response.end();
    };
    pour();
  }
}
