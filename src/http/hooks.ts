/**
 * What happens to every request, in this order: id and headers, stop, access, unknown address, content type. Made of hooks on the Fastify
 * instance and not of Nest guards, so that no route can be made past them, and a stranger's body is never read.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AccessGate } from '../access/access-gate.js';
import { BerthError } from '../domain/errors.js';
import type { HttpSettings } from '../settings.js';
import { checkContent } from './content.js';
import './fastify-request.js';
import { API_HEADERS } from './headers.js';
import { parseJsonBody } from './json-body.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import type { KnownRoutes } from './routes.js';
import { liftStreamLimits } from './stream.js';
import type { Stopping } from './stopping.js';

export interface HookParts {
  readonly gate: AccessGate;
  readonly routes: KnownRoutes;
  readonly stopping: Stopping;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly http: HttpSettings;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}

function refuseUnknown(request: FastifyRequest, routes: KnownRoutes): void {
  if (!request.is404) return;
  const path = pathOf(request.url);
  const allowed = routes.methodsOf(path);
  if (allowed.length === 0) throw new BerthError('NOT_FOUND', 'There is nothing at this address.');
  throw new BerthError('METHOD_NOT_ALLOWED', `This address does not know ${request.method}.`, { allowed });
}

function begin(request: FastifyRequest, reply: FastifyReply, parts: HookParts): void {
  void reply.headers(API_HEADERS).header('x-request-id', request.id);
  const { isPublic = false } = request.routeOptions.config;
  if (parts.stopping.isStopping) {
    void reply.header('connection', 'close');
    if (!isPublic) throw new BerthError('SHUTTING_DOWN', 'Berth is stopping and begins nothing new.');
  }
  if (!isPublic) {
    const { ip: address, method, headers } = request;
    const { actor, secret } = parts.gate.admit({ address, method, headers }, performance.now());
    Object.assign(request, { actor, secret });
  }
  refuseUnknown(request, parts.routes);
  checkContent(request);
}

function finish(request: FastifyRequest, reply: FastifyReply, { log, metrics }: HookParts): void {
  const { method, id: requestId, routeOptions, actor } = request;
  const route = routeOptions.url ?? 'unknown';
  metrics.countRequest(method, route, reply.statusCode, reply.elapsedTime / 1_000);
  const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
  if (!log.isOn(level)) return;
  const durationMs = Math.round(reply.elapsedTime * 10) / 10;
  log.write(level, { requestId, actor, method, route, status: reply.statusCode, durationMs }, 'request');
}

/** Call once, before Nest makes its routes. */
export function installHooks(server: FastifyInstance, parts: HookParts): void {
  liftStreamLimits(server);
  server.decorateRequest('actor', '');
  server.decorateRequest('secret', '');
  server.decorateRequest('rawBody', null);
  server.addHook('onRequest', (request, reply, done) => {
    parts.stopping.take();
    begin(request, reply, parts);
    done();
  });
  // The body has arrived, so the socket is now idle because Berth works: the limit of an idle socket must not cut it off.
  const patienceMs = (parts.http.handlerTimeoutSeconds + 1) * 1_000;
  server.addHook('preHandler', (request, _reply, done) => {
    request.raw.socket.setTimeout(request.routeOptions.config.isStream ? 0 : patienceMs);
    done();
  });
  server.addHook('onResponse', (request, reply, done) => {
    parts.stopping.putDown();
    finish(request, reply, parts);
    done();
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    request.rawBody = body;
    done(null, body.length === 0 ? undefined : parseJsonBody(body));
  });
}
