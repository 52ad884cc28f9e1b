/** Ways to send many requests, and how long each took. Milliseconds throughout. */
import { type Answer, HttpConnection } from './http-client.js';

export interface LoadResult {
  readonly latenciesMs: readonly number[];
  readonly seconds: number;
}

export type Expect = number | ((status: number) => boolean);

function check({ status, body }: Answer, expected: Expect): void {
  const isGood = typeof expected === 'number' ? status === expected : expected(status);
  if (!isGood) throw new Error(`an answer with status ${status}: ${body.toString('utf8', 0, 500)}`);
}

/** `clients` connections, each sending its next request when the last was answered, until `next` has no more. */
export async function closedLoop(
  url: string,
  clients: number,
  next: () => Buffer | null,
  expected: Expect,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const connections = await Promise.all(Array.from({ length: clients }, () => new HttpConnection(url).open()));
  const startedAt = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      for (let bytes = next(); bytes !== null; bytes = next()) {
        const sentAt = performance.now();
        check(await connection.send(bytes), expected);
        latenciesMs.push(performance.now() - sentAt);
      }
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  for (const connection of connections) connection.close();
  return { latenciesMs, seconds };
}

export const times =
  (count: number, make: (index: number) => Buffer): (() => Buffer | null) =>
  () => {
    if (count === 0) return null;
    count -= 1;
    return make(count);
  };

export const forSeconds = (seconds: number, bytes: Buffer): (() => Buffer | null) => {
  const endAt = performance.now() + seconds * 1_000;
  return () => (performance.now() < endAt ? bytes : null);
};

const TICK_MS = 5;

/** A steady rate whatever the answers take: a slow answer does not keep the next request back. */
export async function steadyRate(
  url: string,
  perSecond: number,
  seconds: number,
  bytes: Buffer,
  expected: Expect,
): Promise<LoadResult> {
  const latenciesMs: number[] = [];
  const idle: HttpConnection[] = [];
  const all: HttpConnection[] = [];
  const inFlight: Promise<void>[] = [];
  const one = async (): Promise<void> => {
    let connection = idle.pop();
    if (!connection) all.push((connection = await new HttpConnection(url).open()));
    const sentAt = performance.now();
    check(await connection.send(bytes), expected);
    latenciesMs.push(performance.now() - sentAt);
    idle.push(connection);
  };
  const startedAt = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    const timer = setInterval(() => {
      const elapsed = (performance.now() - startedAt) / 1_000;
      for (const due = Math.min(elapsed, seconds) * perSecond; sent < due; sent += 1) {
        const sending = one();
        // It is awaited below; a failure before that must not end the process.
        sending.catch(() => {});
        inFlight.push(sending);
      }
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  await Promise.all(inFlight);
  for (const connection of all) connection.close();
  return { latenciesMs, seconds: (performance.now() - startedAt) / 1_000 };
}
