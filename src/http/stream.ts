import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import './fastify-request.js';

/** The longest that a timer can be, 24 days: Fastify has no word for "never" once a general limit is set. */
const LONGEST_MS = 2_147_483_647;

/** For routes whose answer may go on for hours: neither the limit of an answer nor that of an idle socket ends it. */
export const Streams = (): MethodDecorator => RouteConfig({ isStream: true });

/** Call before the first route is made. */
export function liftStreamLimits(server: FastifyInstance): void {
  server.addHook('onRoute', (route) => {
    if (route.config?.isStream) route.handlerTimeout = LONGEST_MS;
  });
}
