import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BerthError } from '../domain/errors.js';
import { ApiReadProblems } from './api-problems.js';
import { EventClient } from './event-client.js';
import { EventFeed } from './event-feed.js';
import { EVENT_TOPICS, type EventTopic, topicsOf } from './event-topics.js';
import { EventsQuery } from './events.dto.js';
import { API_HEADERS } from './headers.js';
import { Streams } from './stream.js';

const MAX_STREAMS = 200;
const RETRY_AFTER_SECONDS = 10;

const DESCRIPTION = `Server-sent events. Each carries the present view, so that missing one or getting one twice does no harm.

| topic | event | data |
|---|---|---|
| fleet | fleet | as GET /fleet without its age; at most once a second |
| servers | server | as GET /servers/{id} |
| servers | ages | \`{"observedAt": {"<server id>": "<instant>"}}\`: nothing changed there but the age |
| servers | server-removed | \`{"id"}\` |
| pods | pod | as GET /pods/{id} |
| pods | pod-removed | \`{"id", "serverId"}\` |
| servers without pods | pods | \`{"serverIds": [...]}\`: pods changed there, Berth's or others' |
| any | reset | read everything again |

A stream is held to about 64 KB a second. What waits is told at its latest state, and what somebody did before what was observed.
A reader of pods for whom too many wait gets pods instead for the rest.`;

function topics(query: EventsQuery): ReadonlySet<EventTopic> {
  const known = topicsOf(query.topics);
  if (known) return known;
  const message = `topics must be a list of ${EVENT_TOPICS.join(', ')}`;
  throw new BerthError('INVALID_REQUEST', `${message}.`, { errors: [{ field: 'topics', message }] });
}

@ApiTags('Events')
@Controller('api/v1/events')
export class EventsController {
  constructor(private readonly feed: EventFeed) {}

  @Get()
  @Streams()
  @ApiOperation({ summary: 'Follow every change', operationId: 'followEvents', description: DESCRIPTION })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The last id seen; the stream goes on after it.',
    example: 'b3JkZXI-17',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ schema: { type: 'string', example: 'id: b3JkZXI-18\nevent: server-removed\ndata: {"id":"…"}\n\n' } })
  @ApiReadProblems('INVALID_REQUEST')
  follow(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') header: string | undefined,
    @Query() query: EventsQuery,
  ): void {
    const wanted = topics(query);
    // Fastify answers HEAD with what answers GET; a stream without a body would never end.
    if (request.method === 'HEAD') {
      void reply.code(200).type('text/event-stream; charset=utf-8').send();
      return;
    }
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
    const close = this.feed.open(new EventClient(reply.raw), wanted, header ?? query.lastEventId ?? '');
    reply.raw.once('close', close);
  }
}
