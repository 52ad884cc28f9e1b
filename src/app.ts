/**
 * One Berth: made, listening, stopped. Used by main.ts and by tests alike, so that what is tested is what runs.
 * A stop: readiness says 503 and new requests are refused at once; event streams end and ask their readers to come back; requests in
 * hand are finished; then the rooms close, the state last. After `settings.http.stopSeconds` what is still open is cut off.
 */
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessGate } from './access/access-gate.js';
import { AdminToken } from './access/admin-token.js';
import { AppModule } from './app.module.js';
import { BerthError } from './domain/errors.js';
import { serveDocs } from './http/docs.js';
import { EventFeed } from './http/event-feed.js';
import { installHooks } from './http/hooks.js';
import { Log } from './http/log.js';
import { Metrics } from './http/metrics.js';
import { buildDocument } from './http/openapi.js';
import { KnownRoutes } from './http/routes.js';
import { serverOptions } from './http/server-options.js';
import { serveUi } from './http/static-ui.js';
import { Stopping } from './http/stopping.js';
import type { Settings } from './settings.js';
import { VERSION } from './version.js';

export interface AppOverrides {
  /** More rooms, e.g. a controller that only a test has. */
  readonly modules?: readonly (Type | DynamicModule)[];
  readonly log?: Log;
}

const SWEEP_MS = 100;
/** What the rooms may take to close after the last connection is gone. */
const CLOSING_MS = 1_000;

export class BerthApp {
  readonly routes = new KnownRoutes();
  #stopped: Promise<void> | null = null;

  constructor(
    readonly nest: NestFastifyApplication,
    readonly log: Log,
    private readonly settings: Settings,
  ) {}

  /** @returns the address, e.g. `http://127.0.0.1:3000`. @throws BerthError ADDRESS_UNUSABLE */
  async listen(): Promise<string> {
    const { host, port, maxConnections } = this.settings.http;
    const server = this.nest.getHttpServer();
    server.maxConnections = maxConnections;
    try {
      await this.nest.listen({ port, host });
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown';
      throw new BerthError('ADDRESS_UNUSABLE', `Berth cannot listen on ${host} port ${port}: ${reason}.`, {}, error);
    }
    const address = server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
  }

  /** Resolves when all is closed and the state is complete on disk. Twice is once. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const server = this.nest.getHttpServer();
    const stopping = this.nest.get(Stopping, { strict: false });
    stopping.begin();
    this.nest.get(EventFeed, { strict: false }).end();
    let quietSweeps = 0;
    const sweep = setInterval(() => {
      // A connection that falls idle after the close has begun would keep it waiting.
      server.closeIdleConnections();
      // To Node a connection with half a request on it is not idle. The second look gives the last answers time to leave.
      quietSweeps = stopping.requestsInHand === 0 ? quietSweeps + 1 : 0;
      if (quietSweeps > 1) server.closeAllConnections();
    }, SWEEP_MS);
    const cut = setTimeout(() => server.closeAllConnections(), this.settings.http.stopSeconds * 1_000 - CLOSING_MS);
    try {
      await this.nest.close();
    } finally {
      clearInterval(sweep);
      clearTimeout(cut);
    }
  }
}

/** Makes the application without listening. @throws BerthError when the state cannot be opened. */
export async function createApp(settings: Settings, overrides: AppOverrides = {}): Promise<BerthApp> {
  const log = overrides.log ?? new Log(settings.http.logLevel);
  const adapter = new FastifyAdapter(serverOptions(settings.http));
  const nest = await NestFactory.create<NestFastifyApplication>(
    AppModule.of(settings, log, overrides.modules),
    adapter,
    { bodyParser: false, logger: log, abortOnError: false, bufferLogs: false },
  );
  const app = new BerthApp(nest, log, settings);
  const server = adapter.getInstance();
  app.routes.watch(server);
  installHooks(server, {
    gate: nest.get(AccessGate, { strict: false }),
    routes: app.routes,
    stopping: nest.get(Stopping, { strict: false }),
    log,
    metrics: nest.get(Metrics, { strict: false }),
    http: settings.http,
  });
  const { corsOrigins } = settings.http;
  if (corsOrigins.length > 0) {
    nest.enableCors({
      origin: corsOrigins,
      methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      allowedHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key', 'If-None-Match', 'Last-Event-ID'],
      exposedHeaders: ['ETag', 'Location', 'Retry-After', 'X-Request-Id'],
      maxAge: 600,
    });
  }
  serveDocs(server, () => buildDocument(nest, VERSION));
  serveUi(server, settings.http.uiDirectory);
  await nest.init();
  return app;
}

/** The admin token of the first start, to be printed once; null later. */
export const ensureAdminToken = (app: BerthApp): ReturnType<AdminToken['ensure']> =>
  app.nest.get(AdminToken, { strict: false }).ensure();
