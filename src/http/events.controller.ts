import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BerthError } from '../domain/errors.js';
import { ApiReadProblems } from './api-problems.js';
import { EventClient } from './event-client.js';
import { EventFeed } from './event-feed.js';
import { EventsQuery } from './events.dto.js';
import { API_HEADERS } from './headers.js';
import { Streams } from './stream.js';

const MAX_STREAMS = 200;
const RETRY_AFTER_SECONDS = 10;

@ApiTags('Events')
@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly feed: EventFeed) {}

  /** Server-sent events: `server`, `server-removed`, `pod`, `pod-removed`, `fleet`, and `reset` (read everything again). */
  @Get()
  @Streams()
  @ApiOperation({ summary: 'Follow every change', operationId: 'followEvents' })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last id seen; the stream goes on after it.',
    example: 'b3JkZXI-17',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { type: 'string', example: 'id: b3JkZXI-18\nevent: server-removed\ndata: {"id":"…"}\n\n' } })
  @ApiReadProblems()
  follow(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') header: string | undefined,
    @Query() query: EventsQuery,
  ): void {
    if (this.feed.clientCount >= MAX_STREAMS) {
      throw new BerthError('TOO_MANY_REQUESTS', `There are ${MAX_STREAMS} open event streams already.`, {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    reply.hijack();
    reply.raw.writeHead(200, {
      ...API_HEADERS,
      'x-request-id': request.id,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const close = this.feed.open(new EventClient(reply.raw), header ?? query.lastEventId ?? '');
    reply.raw.once('close', close);
  }
}
