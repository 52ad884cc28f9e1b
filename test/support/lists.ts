import { get, type IncomingHttpHeaders } from 'node:http';
import type { Berth } from './app.js';

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came, not decompressed. */
  readonly body: Buffer;
}

/** A GET with exactly these headers and the token; `fetch` would ask for compression and undo it. */
export function rawRequest(berth: Berth, path: string, headers: Record<string, string>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = get(`${berth.url}${path}`, { headers: { ...headers, authorization: `Bearer ${berth.token}` } });
    sent.once('error', reject);
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => void chunks.push(chunk));
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
  });
}
