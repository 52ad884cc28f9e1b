/**
 * Swagger UI at /docs, from files of this installation: it works without internet.
 * The page, its files and the document are public, since the token is entered on that page; the document says how the API looks and
 * nothing of what is in it. It is built at the first request for it, not at boot.
 */
import { createRequire } from 'node:module';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PUBLIC_ROUTE } from '../access/public.js';
import { PAGE_HEADERS } from './headers.js';
import { servePublicFiles } from './public-files.js';

const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-16x16.png', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Berth API</title>
  <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  <link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png" sizes="32x32">
</head>
<body>
  <div id="swagger-ui"></div>
  <script src="/docs/assets/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `window.ui = SwaggerUIBundle({
  url: '/docs/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  filter: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

function assetsDirectory(): string {
  const directory: unknown = createRequire(import.meta.url)('swagger-ui-dist/absolute-path.js')();
  return String(directory);
}

function serveAssets(server: FastifyInstance): void {
  servePublicFiles(server, {
    root: assetsDirectory(),
    prefix: '/docs/assets/',
    wildcard: true,
    allowedPath: (path) => ASSETS.some((asset) => path === `/${asset}` || path === asset),
    setHeaders: (reply) => {
      void reply.headers({ ...PAGE_HEADERS, 'cache-control': 'public, max-age=86400' });
    },
  });
}

const page = (reply: FastifyReply, type: string, text: string): FastifyReply =>
  reply.headers(PAGE_HEADERS).type(type).send(text);

/** `document`: makes the OpenAPI document; called once, at the first request. */
export function serveDocs(server: FastifyInstance, document: () => Promise<object>): void {
  let json: Promise<string> | null = null;
  const config = PUBLIC_ROUTE;
  for (const url of ['/docs', '/docs/']) {
    server.get(url, { config }, (_request, reply) => page(reply, 'text/html; charset=utf-8', PAGE));
  }
  server.get('/docs/start.js', { config }, (_request, reply) => page(reply, 'text/javascript; charset=utf-8', START));
  server.get('/docs/openapi.json', { config }, async (_request, reply) => {
    json ??= document().then((built) => JSON.stringify(built));
    return page(reply, 'application/json; charset=utf-8', await json);
  });
  serveAssets(server);
}
