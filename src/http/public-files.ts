import type { FastifyStaticOptions } from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { PUBLIC_ROUTE } from '../access/public.js';

/** Serves files to everybody. The plug-in is loaded here and not at boot's imports; its routes are opened one by one as it makes them. */
export function servePublicFiles(server: FastifyInstance, options: FastifyStaticOptions): void {
  void server.register(async (instance: FastifyInstance) => {
    const { default: fastifyStatic } = await import('@fastify/static');
    instance.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...PUBLIC_ROUTE };
    });
    await instance.register(fastifyStatic, { decorateReply: false, index: false, cacheControl: false, ...options });
  });
}
