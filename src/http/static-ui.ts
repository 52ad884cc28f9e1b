/**
 * Serves the Angular application from the files that `npm run build:ui` wrote, each also as .br and .gz.
 * A file has its own route, made at boot, so that the list of what is public stays finite; the pages of the application are addresses
 * that all answer with index.html. Public: the files hold no data, and the page to sign in is one of them.
 * The content security policy lets run what came as a file of ours and nothing else; Angular's own styles carry a nonce.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { PUBLIC_ROUTE } from '../access/public.js';
import { API_HEADERS, COMMON_HEADERS } from './headers.js';
import { servePublicFiles } from './public-files.js';

/** The first parts of the addresses that belong to the application. */
const PAGES = ['/', '/sign-in', '/fleet', '/launch', '/jobs', '/servers', '/servers/*', '/pods', '/pods/*'];
const NONCE_MARK = 'BERTH_NONCE';
/** Angular's build puts a hash of the content into these names. */
const HASHED = /-[A-Za-z0-9_-]{8}\.(?:js|css|woff2|svg|png)$/;
const NOT_BUILT = `Berth runs, but its pages are not built.

  npm run build:ui     builds them
  /docs                the API, to be tried out
`;

const policy = (nonce: string): string =>
  [
    "default-src 'self'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types angular angular#bundler angular#components',
  ].join('; ');

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64url');
  return reply
    .headers({ ...COMMON_HEADERS, 'content-security-policy': policy(nonce), 'cache-control': 'no-store' })
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(NONCE_MARK, nonce));
}

function serveFiles(server: FastifyInstance, root: string): void {
  servePublicFiles(server, {
    root,
    wildcard: false,
    globIgnore: ['**/index.html', '**/*.br', '**/*.gz', '**/*.map', '**/*.txt'],
    preCompressed: true,
    setHeaders: (reply, path) => {
      const isHashed = HASHED.test(path.replace(/\.(?:br|gz)$/, ''));
      void reply.headers({
        ...API_HEADERS,
        'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      });
    },
  });
}

/** `directory`: relative to the installation; empty: no pages. */
export function serveUi(server: FastifyInstance, directory: string): void {
  if (directory === '') return;
  const root = resolve(import.meta.dirname, '../..', directory);
  const index = join(root, 'index.html');
  const isBuilt = existsSync(index);
  const page = isBuilt ? readFileSync(index, 'utf8') : '';
  for (const url of PAGES) {
    server.get(url, { config: PUBLIC_ROUTE }, (_request, reply) =>
      isBuilt ? sendPage(reply, page) : reply.headers(COMMON_HEADERS).type('text/plain; charset=utf-8').send(NOT_BUILT),
    );
  }
  if (isBuilt) serveFiles(server, root);
}
