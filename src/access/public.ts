import { RouteConfig } from '@nestjs/platform-fastify';

/** Route config that opens an address to everybody. For routes made on the Fastify instance itself. */
export const PUBLIC_ROUTE = { isPublic: true } as const;

/** Opens one route to everybody. The list of such routes is frozen in test/e2e/access.spec.ts. */
export const Public = (): MethodDecorator => RouteConfig(PUBLIC_ROUTE);
