/** Answers of an API server: objects, lists, `Status`, and what a request's address means. */
import type { ServerResponse } from 'node:http';
import type { Resource } from './fake-store.js';
import { KINDS } from './fake-store.js';

export interface Address {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly isLog: boolean;
}

const ADDRESS = /^\/(?:api\/v1|apis\/apps\/v1)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?(\/log)?$/;

export function addressOf(path: string): Address | null {
  const match = ADDRESS.exec(path);
  const resource = match?.[2];
  if (!match || resource === undefined || !Object.hasOwn(KINDS, resource)) return null;
  return { resource: resource as Resource, namespace: match[1], name: match[3], isLog: match[4] !== undefined };
}

export function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

export function statusBody(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, details, code };
}

export function sendStatus(
  response: ServerResponse,
  code: number,
  reason: string,
  message: string,
  details: object = {},
): void {
  send(response, code, statusBody(code, reason, message, details));
}

export function sendNotFound(response: ServerResponse, resource: string, name: string): void {
  sendStatus(response, 404, 'NotFound', `${resource} "${name}" not found`, { name, kind: resource });
}
