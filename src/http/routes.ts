import type { FastifyInstance, RouteOptions } from 'fastify';

export interface KnownRoute {
  readonly method: string;
  readonly url: string;
  readonly isPublic: boolean;
}

/** Every route of the running server, however it was made. Feeds 405 answers, and the tests that walk all routes. */
export class KnownRoutes {
  readonly #routes: RouteOptions[] = [];

  /** Call before the first route is made. */
  watch(server: FastifyInstance): void {
    // Kept as they are: a plug-in's own hook may still open a route after this one has run.
    server.addHook('onRoute', (route) => void this.#routes.push(route));
  }

  list(): readonly KnownRoute[] {
    return this.#routes.flatMap(({ method, url, config }) =>
      [method].flat().map((each) => ({ method: each, url, isPublic: config?.isPublic === true })),
    );
  }

  /** The methods that an address has, for one that was asked for with another. Empty: there is no such address. */
  methodsOf(path: string): string[] {
    const found = this.list()
      .filter(({ url }) => matches(url, path))
      .map(({ method }) => method);
    return [...new Set(found)].sort();
  }
}

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  if (pattern.endsWith('*')) return pattern.length > 2 && path.startsWith(pattern.slice(0, -1));
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
