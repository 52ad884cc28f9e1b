import { Buffer } from 'node:buffer';
import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyHttpOptions, FastifyReply } from 'fastify';
import { BerthError, ERROR_CATALOGUE, type ErrorCode } from '../domain/errors.js';
import type { HttpSettings } from '../settings.js';
import { BOOT_EPOCH } from './epoch.js';
import { API_HEADERS } from './headers.js';
import { problemHeaders, problemOf, toBerthError } from './problem.js';

/** Room for a token, cookies and what proxies add; Node's own default. */
const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 10_000;
/** Node looks for late requests this often; its default of 30 s would make requestTimeout mean up to 45 s. */
const TIMEOUT_CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
const REQUESTS_PER_SOCKET = 1_000;
/** Longer than any id or name that is a part of an address. */
const MAX_PARAM_LENGTH = 253;

let requestCount = 0;
export const nextRequestId = (): string => `${BOOT_EPOCH}-${(requestCount += 1).toString(36)}`;

const BY_PARSER_CODE: Readonly<Record<string, ErrorCode>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
};

/** Answers bytes that are not an HTTP request in the same form as everything else, then hangs up. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const code = BY_PARSER_CODE[error.code ?? ''] ?? 'INVALID_REQUEST';
  const { status, title } = ERROR_CATALOGUE[code];
  const problem = new BerthError(
    code,
    code === 'INVALID_REQUEST' ? 'This is not a valid HTTP/1.1 request.' : `${title}.`,
  );
  const body = Buffer.from(JSON.stringify(problemOf(problem, nextRequestId())));
  const headers = { ...problemHeaders(problem), 'content-length': String(body.length), connection: 'close' };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (socket.writable)
    socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body.toString('utf8')}`);
  socket.destroy();
}

/** An address that the router cannot read gets here before any hook has run. */
function answerUnroutable(thrown: Error, requestId: string, reply: FastifyReply): void {
  const error = toBerthError(thrown);
  const { status } = ERROR_CATALOGUE[error.code];
  void reply.code(status).headers({ ...API_HEADERS, ...problemHeaders(error) });
  void reply.send(JSON.stringify(problemOf(error, requestId)));
}

/** Every limit is set: Fastify's own defaults for the three timeouts are "none". */
export function serverOptions(http: HttpSettings): FastifyHttpOptions<Server> {
  return {
    logger: false,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, http.requestTimeoutSeconds * 1_000),
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    requestTimeout: http.requestTimeoutSeconds * 1_000,
    connectionTimeout: http.connectionTimeoutSeconds * 1_000,
    handlerTimeout: http.handlerTimeoutSeconds * 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxRequestsPerSocket: REQUESTS_PER_SOCKET,
    bodyLimit: http.bodyLimitBytes,
    forceCloseConnections: 'idle',
    // Our own hook answers while Berth stops, in the form of every other problem.
    return503OnClosing: false,
    // Only the address of the socket counts: X-Forwarded-For is anybody's word, and it would defeat the brake on wrong tokens.
    trustProxy: false,
    requestIdHeader: false,
    genReqId: nextRequestId,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (thrown, request, reply: FastifyReply) => answerUnroutable(thrown, request.id, reply),
  };
}
