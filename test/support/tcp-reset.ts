/** TLS sockets cannot send a TCP reset; the socket below can. */
import type { Server } from 'node:https';
import type { Socket } from 'node:net';

/** Keeps the TCP sockets of a TLS server by their remote port. */
export function rememberTcp(server: Server, sockets: Map<number, Socket>): void {
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
}

/** What a crash of the peer looks like: an RST, no close in good order. */
export function resetBelowTls(socket: Socket, sockets: ReadonlyMap<number, Socket>): void {
  const below = sockets.get(socket.remotePort ?? 0);
  if (!below) throw new Error('the TCP socket is not known');
  below.resetAndDestroy();
}
