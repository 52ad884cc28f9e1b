/** HTTP and access: each row takes one defence away. */
const ACCESS = 'test/e2e/access.spec.ts';
const HTTP = 'test/e2e/http.spec.ts';
const EVENTS = 'test/e2e/events.spec.ts';
const STOP = 'test/e2e/stop.spec.ts';

const row = (name, test, file, find, replace) => ({ name, test, edits: [{ file: `src/${file}`, find, replace }] });

export default [
  row(
    'guard removed',
    ACCESS,
    'http/hooks.ts',
    '  if (!isPublic) {\n    const { authorization }',
    '  if (false) {\n    const { authorization }',
  ),
  row(
    'guard removed from one route',
    ACCESS,
    'http/status.controller.ts',
    "@Get('metrics')",
    "@Get('metrics')\n  @Public()",
  ),
  row(
    'a token in the address is accepted',
    ACCESS,
    'http/hooks.ts',
    'const { authorization } = request.headers;',
    "const authorization = request.headers.authorization ?? `Bearer ${new URL(request.url, 'http://a').searchParams.get('token')}`;",
  ),
  row('wrong tokens are not slowed down', ACCESS, 'access/access-gate.ts', 'if (waitMs > 0) {', 'if (waitMs < 0) {'),
  row(
    'the right token is slowed down with the wrong ones',
    ACCESS,
    'access/access-gate.ts',
    'if (matchesHash(token,',
    'if (this.#attempts.waitMs(caller.address, nowMs) === 0 && matchesHash(token,',
  ),
  row(
    'the token is kept as it is',
    ACCESS,
    'access/admin-token.ts',
    'draft.access.adminTokenHash = hash;',
    'draft.access.adminTokenHash = hash;\n      draft.access.adminTokenHash = token.reveal();',
  ),
  row(
    'requestTimeout 0',
    HTTP,
    'http/server-options.ts',
    '    requestTimeout: http.requestTimeoutSeconds * 1_000,\n    connectionTimeout',
    '    requestTimeout: 0,\n    connectionTimeout',
  ),
  row(
    'handlerTimeout 0',
    HTTP,
    'http/server-options.ts',
    'handlerTimeout: http.handlerTimeoutSeconds * 1_000,',
    'handlerTimeout: 0,',
  ),
  row(
    'secret in an error',
    HTTP,
    'http/problem.ts',
    'MESSAGES[code] ?? `${ERROR_CATALOGUE[code].title}.`',
    'error instanceof Error ? error.message : code',
  ),
  row(
    'properties of errors are logged',
    HTTP,
    'http/log.ts',
    '    type: error.name,',
    '    ...error,\n    type: error.name,',
  ),
  row(
    'content-type check removed',
    HTTP,
    'http/content.ts',
    'if (type === undefined || !JSON_ONLY.test(type)) {',
    "if (!type?.startsWith('application/json')) {",
  ),
  row(
    'content-encoding check removed',
    HTTP,
    'http/content.ts',
    "encoding !== undefined && encoding !== 'identity'",
    "encoding === 'br'",
  ),
  row(
    'keys of the prototype are accepted',
    HTTP,
    'http/json-body.ts',
    'if (FORBIDDEN_KEYS.has(key))',
    'if (key.length < 0)',
  ),
  row('keys twice are accepted', HTTP, 'http/json-body.ts', 'if (seen.has(key))', 'if (key.length < 0)'),
  row('depth of JSON is not limited', HTTP, 'http/json-body.ts', '> MAX_DEPTH)', '> 1e9)'),
  row('infinite numbers are accepted', HTTP, 'http/json-body.ts', '!Number.isFinite(value)', 'Number.isNaN(value)'),
  row(
    'unknown fields are accepted',
    HTTP,
    'http/validation.ts',
    'forbidNonWhitelisted: true',
    'forbidNonWhitelisted: false',
  ),
  row('a list passes for an object', HTTP, 'http/validation.ts', 'if (lists.length > 0)', 'if (lists.length < 0)'),
  row('a fingerprint ignores the body', HTTP, 'http/once.ts', ".update(request.rawBody ?? '')", ".update('')"),
  row(
    'a removal is forgotten by readers that come back',
    EVENTS,
    'http/event-feed.ts',
    'this.#removals.add(this.#seq, event, data);',
    '',
  ),
  row(
    'ids of another life are taken for ours',
    EVENTS,
    'http/event-feed.ts',
    'if (!eventId.startsWith(prefix)) return null;',
    '',
  ),
  row('event streams keep a stop waiting', EVENTS, 'app.ts', 'this.nest.get(EventFeed, { strict: false }).end();', ''),
  row(
    'a stop cuts requests in hand',
    STOP,
    'app.ts',
    'stopping.requestsInHand === 0 ? quietSweeps + 1 : 0',
    'quietSweeps + 1',
  ),
  row(
    'new requests are begun during a stop',
    STOP,
    'http/http.module.ts',
    "stopping.isStopping ? 'Berth is stopping' : null",
    'null',
  ),
];
