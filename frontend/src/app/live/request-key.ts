/**
 * A fresh value for the Idempotency-Key header: make one per intent, and send the same one when the same request is tried again.
 * Not crypto.randomUUID: it is missing on plain HTTP.
 */
export function newRequestKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
