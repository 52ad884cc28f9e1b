import type { Secret } from './domain/secret.js';
import { NestFactory } from '@nestjs/core';
import { AdminToken } from './access/admin-token.js';
import { type BerthApp, createApp, ensureAdminToken } from './app.js';
import { AppModule } from './app.module.js';
import { Log } from './http/log.js';
import type { Settings } from './settings.js';

export type Print = (text: string) => void;

function welcome(url: string, token: Secret | null): string {
  const ready = `Berth is ready: ${url}/\nThe API, to be tried out: ${url}/docs`;
  if (!token) return ready;
  return `${ready}\n\nSign in with the admin token, shown only now (later: node dist/main.js token reset):\n\n  ${token.reveal()}\n`;
}

/** Resolves to the exit status when the first signal or the first unforeseen error arrives. */
function ending(app: BerthApp): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        app.log.write('info', { signal }, 'stopping');
        resolve(0);
      });
    }
    // Crash-only: after an error that nobody foresaw nothing in memory can be trusted; starting again is recovery.
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => {
        app.log.write('fatal', { err: error }, event);
        resolve(1);
      });
    }
  });
}

/** Serves until it is told to stop. @returns the exit status. @throws BerthError when it cannot start. */
export async function serve(settings: Settings, print: Print): Promise<number> {
  const app = await createApp(settings);
  const ended = ending(app);
  const token = await ensureAdminToken(app);
  const url = await app.listen();
  print(welcome(url, token));
  const status = await ended;
  const hardStop = setTimeout(() => process.exit(status === 0 ? 1 : status), settings.http.stopSeconds * 1_000);
  await app.stop();
  clearTimeout(hardStop);
  app.log.write('info', { status }, 'stopped');
  process.exit(status);
}

/** Makes a new admin token without serving: only the state is opened. @throws BerthError STATE_LOCKED while Berth runs. */
export async function resetAdminToken(settings: Settings): Promise<Secret> {
  const context = await NestFactory.createApplicationContext(AppModule.accessOnly(settings), {
    logger: new Log(settings.http.logLevel),
    abortOnError: false,
  });
  try {
    return await context.get(AdminToken, { strict: false }).reset();
  } finally {
    await context.close();
  }
}
