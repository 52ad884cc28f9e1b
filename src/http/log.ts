import type { LoggerService } from '@nestjs/common';
import { pino, type Logger, type DestinationStream } from 'pino';

/** What waits for a reader of standard output; lines beyond it are dropped, for a log must never stop what it tells about. */
const MOST_WAITING_BYTES = 1_024 * 1_024;

const STANDARD_OUTPUT: DestinationStream = {
  write: (line) => {
    if (process.stdout.writableLength < MOST_WAITING_BYTES) process.stdout.write(line);
  },
};

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Type, message and stack, for causes too. Other properties of an error may hold requests, and with them secrets. */
function plainError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return { message: typeof error === 'string' ? error : 'not an Error' };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: plainError(error.cause, depth + 1) }),
  };
}

/**
 * JSON lines to standard output: ours, and Nest's through the LoggerService methods.
 * Invariant: headers and bodies are never passed here; the redaction is a second net.
 */
export class Log implements LoggerService {
  readonly #pino: Logger;

  constructor(level: string, destination = STANDARD_OUTPUT) {
    const options = {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label: string) => ({ level: label }) },
      serializers: { err: plainError },
      redact: {
        paths: [
          'authorization',
          'password',
          'token',
          'kubeconfig',
          'privateKey',
          'passphrase',
          '*.authorization',
          '*.password',
        ],
        censor: '[redacted]',
      },
    };
    this.#pino = pino(options, destination);
  }

  write(level: LogLevel, about: object, message: string): void {
    this.#pino[level](about, message);
  }

  isOn(level: LogLevel): boolean {
    return this.#pino.isLevelEnabled(level);
  }

  log(message: unknown, ...rest: unknown[]): void {
    // Nest says one line per module and route at boot; that is for people who debug the wiring.
    this.#fromNest('debug', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.#fromNest('fatal', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.#fromNest('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.#fromNest('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.#fromNest('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.#fromNest('trace', message, rest);
  }

  /** Nest passes the context last, and for errors a stack before it. */
  #fromNest(level: LogLevel, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const err = message instanceof Error ? message : rest.find((each) => each instanceof Error);
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? { stack: rest[0] } : {};
    const about = { ...(typeof context === 'string' ? { context } : {}), ...stack, ...(err ? { err } : {}) };
    this.#pino[level](about, message instanceof Error ? message.message : String(message));
  }
}
