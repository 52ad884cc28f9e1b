/** Opens TCP connections to checked addresses, and bounds waits: by a timeout of ours and by a signal. */
import { connect, type LookupFunction, type Socket } from 'node:net';
import type { ClusterError } from '../../domain/errors.js';
import type { CheckedHost } from '../address-policy.js';
import { dialError, refused } from './dial-errors.js';

export interface Bounds {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** An IPv6 address stands in brackets. */
export function endpointOf(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** What a signal of ours says: the error it was aborted with, or CLOSED. */
export function abortReason(signal: AbortSignal): ClusterError {
  return signal.reason instanceof Error && 'outcome' in signal.reason
    ? (signal.reason as ClusterError)
    : refused('CLOSED', 'The call was ended before the connection was open');
}

/**
 * Waits for `begin`, which gets callbacks, until the timeout or the signal ends the wait first.
 * Promises: `abandon` runs once when the wait ends without a result; late results go nowhere.
 */
export function bounded<T>(
  bounds: Bounds,
  late: () => ClusterError,
  begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
  abandon: () => void,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let isOver = false;
    const stop = (): void => {
      isOver = true;
      clearTimeout(timer);
      bounds.signal.removeEventListener('abort', onAbort);
    };
    const fail = (error: unknown): void => {
      if (isOver) return;
      stop();
      abandon();
      reject(error);
    };
    const onAbort = (): void => fail(abortReason(bounds.signal));
    const timer = setTimeout(() => fail(late()), bounds.timeoutMs);
    if (bounds.signal.aborted) return onAbort();
    bounds.signal.addEventListener('abort', onAbort, { once: true });
    begin((value) => {
      stop();
      resolve(value);
    }, fail);
  });
}

/** Tries every checked address (IPv6 and IPv4 side by side), and never asks a resolver. */
export function dialTcp(target: CheckedHost, bounds: Bounds): Promise<Socket> {
  const endpoint = endpointOf(target.host, target.port);
  const pinned: LookupFunction = (_host, options, answer) => {
    const [first] = target.addresses;
    if (options.all) answer(null, [...target.addresses]);
    else answer(null, first?.address ?? '', first?.family ?? 0);
  };
  const socket = connect({
    // The name makes Node call `lookup`; for a literal address it would not, and there is nothing to look up then.
    host: target.addresses.length === 1 ? (target.addresses[0]?.address ?? '') : 'checked.invalid',
    port: target.port,
    lookup: pinned,
    autoSelectFamily: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  return bounded<Socket>(
    bounds,
    () => refused('CONNECTION_TIMEOUT', `${endpoint} did not answer in time`, { endpoint }),
    (resolve, reject) => {
      socket.once('connect', () => {
        socket.removeAllListeners('error');
        // Whoever takes the socket listens for himself; until then a reset must not end the process.
        socket.on('error', () => {});
        resolve(socket);
      });
      socket.on('error', (error) => reject(dialError(error, endpoint)));
    },
    () => socket.destroy(),
  );
}
