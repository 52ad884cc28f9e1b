import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { ERROR_CATALOGUE, type ErrorEntry } from '../domain/errors.js';
import { Log } from './log.js';
import { problemHeaders, problemOf, toBerthError } from './problem.js';

/** The one border where errors become answers, and the one place where they are logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toBerthError(thrown);
    const { level }: ErrorEntry = ERROR_CATALOGUE[error.code];
    const { id: requestId, method, routeOptions } = reply.request;
    if (level !== 'none') {
      const about = { requestId, method, route: routeOptions.url, code: error.code };
      this.log.write(level, error.code === 'INTERNAL' ? { ...about, err: thrown } : about, error.message);
    }
    if (reply.sent || reply.raw.headersSent) {
      // The answer has begun: a broken connection is the only honest way left to say that it is not whole.
      reply.raw.destroy();
      return;
    }
    void reply
      .code(ERROR_CATALOGUE[error.code].status)
      .headers(problemHeaders(error))
      .send(JSON.stringify(problemOf(error, requestId)));
  }
}
