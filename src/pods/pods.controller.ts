import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Delete,
  Get,
  Header,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiBearerAuth,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { fromAmounts } from '../domain/amounts.js';
import { ApiIdempotent } from '../http/api-idempotent.js';
import { ApiProblems, ApiReadProblems } from '../http/api-problems.js';
import { answerJson, JsonText } from '../http/json-answer.js';
import { Actor, Once, type OnceKey } from '../http/once.js';
import { snapshotRevision } from '../http/snapshot-revision.js';
import { Streams } from '../http/stream.js';
import { LaunchDto, ReleaseDto } from './launch.dto.js';
import { PodDto, PodEventDto, PodPageDto } from './pod.dto.js';
import { PodManager, type LaunchRequest, type Request } from './pod-manager.js';
import { pageOf } from './pod-page.js';
import { PodListQuery } from './pod-list.dto.js';
import { LaunchQuery, LogQuery } from './pod-query.dto.js';
import { podRow, podView } from './pod-view.js';

const PodId = (): ParameterDecorator => Param('podId', new ParseUUIDPipe());
const ApiPodId = (): MethodDecorator =>
  ApiParam({ name: 'podId', example: '5f0c7f5e-3a59-4b35-9d0e-6a2f1f0d7c11', format: 'uuid' });
const KEY_EXAMPLE = 'launch-7';

/** What the try-it console offers; each can be sent as it stands. */
const LAUNCHES = {
  anywhere: { summary: 'Wherever it fits best', value: { image: 'nginx:1.29', cpus: 0.5, memoryGiB: 0.5 } },
  named: {
    summary: 'With a name, a command and a variable',
    value: {
      image: 'nginx:1.29',
      name: 'web',
      cpus: 0.25,
      memoryGiB: 0.25,
      storageGiB: 1,
      args: ['nginx', '-g', 'daemon off;'],
      env: [{ name: 'STAGE', value: 'test' }],
      ports: [{ containerPort: 80 }],
    },
  },
};

function launchRequest(dto: LaunchDto): LaunchRequest {
  return {
    name: dto.name ?? null,
    serverId: dto.serverId ?? null,
    nodeName: dto.nodeName ?? null,
    amounts: fromAmounts({
      cpus: dto.cpus,
      memoryGiB: dto.memoryGiB,
      storageGiB: dto.storageGiB ?? 0,
      gpus: dto.gpus ?? 0,
    }),
    spec: {
      image: dto.image,
      command: dto.command ?? [],
      args: dto.args ?? [],
      env: (dto.env ?? []).map(({ name, value }) => ({ name, value })),
      ports: (dto.ports ?? []).map(({ containerPort, protocol }) => ({ containerPort, protocol: protocol ?? 'TCP' })),
      runAsNonRoot: dto.runAsNonRoot ?? false,
    },
  };
}

const asked = (actor: string, once: OnceKey | undefined): Request => ({ actor, once });

@ApiTags('Pods')
@ApiBearerAuth()
@Controller('api/v1/pods')
export class PodsController {
  constructor(private readonly pods: PodManager) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ operationId: 'launchPod', summary: 'Reserve room and launch a container there' })
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiBody({ type: LaunchDto, examples: LAUNCHES })
  @ApiAcceptedResponse({ type: PodDto, description: 'Reserved, durably; the launch goes on' })
  @ApiProblems('INSUFFICIENT_RESOURCES', 'SERVER_NOT_FOUND', 'SERVER_NOT_READY', 'POD_NAME_TAKEN')
  async launch(
    @Body() dto: LaunchDto,
    @Query() query: LaunchQuery,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PodDto> {
    const launched = await this.pods.launch(launchRequest(dto), asked(actor, once));
    void reply.header('location', `/api/v1/pods/${launched.pod.id}`);
    const sight = query.wait ? await this.pods.waitForOutcome(launched.pod.id, query.wait) : launched;
    return podView(sight, Date.now());
  }

  @Get()
  @ApiOperation({ operationId: 'listPods', summary: 'Pods of Berth, of others, or all; sorted, filtered, in pages' })
  @ApiOkResponse({ type: PodPageDto })
  @ApiReadProblems('INVALID_REQUEST')
  async list(@Query() query: PodListQuery, @Res() reply: FastifyReply): Promise<void> {
    const snapshot = this.pods.snapshot();
    await answerJson(reply, snapshotRevision(snapshot), () => {
      const { items, total, nextCursor } = pageOf(snapshot, query);
      const now = Date.now();
      const page: PodPageDto = { items: items.map((spot) => podRow(spot, now)), total, nextCursor };
      return new JsonText(JSON.stringify(page));
    });
  }

  @Get(':podId')
  @ApiOperation({ operationId: 'getPod', summary: 'One pod' })
  @ApiPodId()
  @ApiOkResponse({ type: PodDto })
  @ApiReadProblems('POD_NOT_FOUND', 'INVALID_REQUEST')
  get(@PodId() podId: string): PodDto {
    return podView(this.pods.get(podId), Date.now());
  }

  @Delete(':podId')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'deletePod',
    summary: 'Delete the pod; its room comes back when the cluster says it is gone',
  })
  @ApiPodId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiAcceptedResponse({ type: PodDto })
  @ApiProblems('POD_NOT_FOUND')
  async remove(@PodId() podId: string, @Actor() actor: string, @Once() once: OnceKey | undefined): Promise<PodDto> {
    return podView(await this.pods.remove(podId, asked(actor, once)), Date.now());
  }

  @Post(':podId/cancel')
  @HttpCode(202)
  @ApiOperation({ operationId: 'cancelPod', summary: 'Give back a launch that the cluster has not confirmed yet' })
  @ApiPodId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiAcceptedResponse({ type: PodDto })
  @ApiProblems('POD_NOT_FOUND', 'POD_NOT_CANCELLABLE')
  async cancel(@PodId() podId: string, @Actor() actor: string, @Once() once: OnceKey | undefined): Promise<PodDto> {
    return podView(await this.pods.cancel(podId, asked(actor, once)), Date.now());
  }

  @Post(':podId/release')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'releasePod',
    summary: 'Take the room back from a server that cannot be asked',
    description: 'Only for machines that will not come back: if the pod still runs there, its room is booked twice.',
  })
  @ApiPodId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: PodDto })
  @ApiProblems('POD_NOT_FOUND', 'POD_NOT_RELEASABLE')
  async release(
    @PodId() podId: string,
    @Body() dto: ReleaseDto,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<PodDto> {
    return podView(await this.pods.release(podId, dto.reason, asked(actor, once)), Date.now());
  }

  @Get(':podId/logs')
  @Streams()
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'readPodLogs', summary: "The container's own output" })
  @ApiPodId()
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'web 1 line 0\nweb 1 line 1\n' } })
  @ApiReadProblems(
    'POD_NOT_FOUND',
    'POD_HAS_NO_LOG',
    'CONNECTION_TIMEOUT',
    'CONNECTION_LOST',
    'KUBERNETES_UNAVAILABLE',
    'INVALID_REQUEST',
  )
  async logs(@PodId() podId: string, @Query() query: LogQuery, @Res() reply: FastifyReply): Promise<void> {
    const stop = new AbortController();
    reply.raw.once('close', () => stop.abort());
    const log = {
      tailLines: query.tail ?? null,
      sinceSeconds: query.since ?? null,
      isPrevious: query.previous ?? false,
      isFollowed: query.follow ?? false,
      hasTimestamps: query.timestamps ?? false,
    };
    const chunks = this.pods.logs(podId, log, stop.signal)[Symbol.asyncIterator]();
    // The first chunk is awaited before the answer begins, so that a failure is still a problem and not a cut text.
    const first = await chunks.next();
    await reply.type('text/plain; charset=utf-8').send(Readable.from(wholeLog(first, chunks), { objectMode: false }));
  }

  @Get(':podId/events')
  @ApiOperation({ operationId: 'listPodEvents', summary: 'What the cluster tells of the pod, oldest first' })
  @ApiPodId()
  @ApiOkResponse({ type: [PodEventDto] })
  @ApiReadProblems(
    'POD_NOT_FOUND',
    'CONNECTION_TIMEOUT',
    'CONNECTION_LOST',
    'KUBERNETES_UNAVAILABLE',
    'INVALID_REQUEST',
  )
  async events(@PodId() podId: string): Promise<readonly PodEventDto[]> {
    return this.pods.events(podId);
  }
}

async function* wholeLog(first: IteratorResult<string>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}
