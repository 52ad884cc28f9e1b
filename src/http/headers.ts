/**
 * Few and precomputed: a plug-in for this costs a third of the throughput.
 * No HSTS and no upgrade-insecure-requests: Berth is often used over plain HTTP inside a network, where they would lock people out.
 */
export const COMMON_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export const API_HEADERS = {
  ...COMMON_HEADERS,
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  // Kept only to be asked again: a read may be answered with 304.
  'cache-control': 'private, no-cache',
} as const;

export const PAGE_HEADERS = {
  ...COMMON_HEADERS,
  // Swagger UI writes style attributes; scripts come from files alone.
  'content-security-policy':
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-cache',
} as const;
