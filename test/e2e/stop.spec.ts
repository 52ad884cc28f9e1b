import { startBerth } from '../support/app.js';
import { EchoController, EchoModule } from '../support/echo.module.js';
import { openSocket } from '../support/raw-http.js';

/** Lets everything else run until `isReached`; gives up after a while, so that a broken stop fails and does not hang. */
async function until(isReached: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isReached()) {
    if (performance.now() > deadline) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('a stop', () => {
  it('finishes the request in hand, refuses new ones at once, and says so on /readyz', async () => {
    const berth = await startBerth({ modules: [EchoModule] });
    const controller = berth.app.nest.get(EchoController, { strict: false });
    const held = berth.fetch('/echo/held');
    await until(() => controller.release.length > 0);
    // Begun before the stop and not idle, so the connection lives on; the request is whole only afterwards.
    const socket = await openSocket(berth.url);
    let text = '';
    socket.on('data', (chunk: Buffer) => void (text += chunk.toString()));
    socket.write('GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /readyz HTTP/1.1\r\n');
    await until(() => text.includes('200 OK'));
    const stopped = berth.close();
    socket.write('Host: a\r\n\r\n');
    await until(() => text.includes('Berth is stopping'));
    expect(text).toContain('503 Service Unavailable');
    // Long enough for several looks at what could be closed.
    const server = berth.app.nest.getHttpServer();
    let looks = 0;
    const closeIdle = server.closeIdleConnections.bind(server);
    server.closeIdleConnections = (): void => {
      looks += 1;
      closeIdle();
    };
    await until(() => looks >= 4);
    controller.release.pop()!();
    const answer = await held;
    expect([answer.status, await answer.json()]).toEqual([200, { done: true }]);
    await stopped;
    await expect(fetch(`${berth.url}/livez`)).rejects.toThrow();
  });

  it('cuts off what does not end by itself, after the time that the settings give', async () => {
    const berth = await startBerth({ modules: [EchoModule], env: { BERTH_HTTP_STOP_SECONDS: '2' } });
    const held = berth.fetch('/echo/held').catch((error: unknown) => error);
    const controller = berth.app.nest.get(EchoController, { strict: false });
    await until(() => controller.release.length > 0);
    await berth.close();
    expect(await held).toBeInstanceOf(Error);
  });

  it('is one stop, however often it is asked for', async () => {
    const berth = await startBerth();
    const first = berth.app.stop();
    expect(berth.app.stop()).toBe(first);
    await berth.close();
  });
});
