/**
 * The session of a browser travels in a cookie that scripts cannot read and other sites cannot send.
 * SameSite=Strict leaves one gap: another port of the same host is the same site. So a change also needs proof of its origin.
 */
import type { IncomingHttpHeaders } from 'node:http';

const MAX_COOKIES = 4;
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);
const VALUE = '([A-Za-z0-9_-]{20,128})';
const PLAIN = 'berth_session';
/** Browsers accept this name only over HTTPS, for the whole host, and from the host itself. */
const SECURE = `__Host-${PLAIN}`;

const nameOf = (isSecure: boolean): string => (isSecure ? SECURE : PLAIN);

/**
 * The secrets in a Cookie header, a few at most: another port of this host can plant a cookie of the same name before the right one.
 */
export function readSessionCookies(header: string | undefined, isSecure: boolean): string[] {
  const form = new RegExp(`(?<=^|; ?)${nameOf(isSecure)}=${VALUE}(?=;|$)`, 'g');
  return [...(header ?? '').matchAll(form)].slice(0, MAX_COOKIES).map(([, secret = '']) => secret);
}

/** A Set-Cookie header. `maxAgeSeconds` 0 takes the cookie away. */
export function sessionCookie(secret: string, maxAgeSeconds: number, isSecure: boolean): string {
  const attributes = ['Path=/', 'HttpOnly', 'SameSite=Strict', `Max-Age=${maxAgeSeconds}`];
  if (isSecure) attributes.push('Secure');
  return [`${nameOf(isSecure)}=${secret}`, ...attributes].join('; ');
}

/** Whether a request that a cookie speaks for may be trusted to come from Berth's own page. Reads may: their answers stay with the page. */
export function isFromOwnPage(method: string, headers: IncomingHttpHeaders): boolean {
  if (SAFE_METHODS.has(method)) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  if (origin === undefined || !host || !URL.canParse(origin)) return false;
  const { protocol, host: from } = new URL(origin);
  // Behind a proxy the page comes by https and the request by http.
  return from === host && (protocol === 'http:' || protocol === 'https:');
}
