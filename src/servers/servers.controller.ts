import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  ParseUUIDPipe,
  Patch,
  Post,
  Query,
  Req,
  Res,
} from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorCode } from '../domain/errors.js';
import { ApiIdempotent } from '../http/api-idempotent.js';
import { ApiProblems, ApiReadProblems } from '../http/api-problems.js';
import { answerJson, LatestText } from '../http/json-answer.js';
import { Actor, Once, type OnceKey } from '../http/once.js';
import { snapshotRevision } from '../http/snapshot-revision.js';
import { Streams } from '../http/stream.js';
import { ConfirmHostKeyDto, EditDto, RemoveQuery } from './edit.dto.js';
import { ServerReach } from './reach.js';
import { AddressDto, ReachDto, RegisterDto } from './register.dto.js';
import { REGISTRATIONS } from './registration-examples.js';
import { ClusterPodDto, HostKeyDto, RemovedDto, ServerDto, ServerListDto, TrialDto } from './server.dto.js';
import { ServerManager } from './server-manager.js';
import { ServerRegistrar } from './server-registrar.js';
import { answerTrial } from './trial-answer.js';
import { clusterPodViews, serversJson, serverView } from './server-view.js';

const ServerId = (): ParameterDecorator => Param('serverId', new ParseUUIDPipe());
const ApiServerId = (): MethodDecorator =>
  ApiParam({ name: 'serverId', example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10', format: 'uuid' });
const KEY_EXAMPLE = 'register-lab-1';

/** In a large and busy fleet something moves with every millisecond. */
const LIST_KEPT_MS = 250;

const TRIAL = `With \`Accept: text/event-stream\` the answer comes as it is found: an event \`step\` for each step that was passed
(\`{"step", "latencyMs"}\`), and at the end \`trial\` (all of it) or \`problem\` (as any other problem). A step that is passed
says that those before it are; a connection that is open already passes \`open\` first.`;

/** What reaching a machine can fail with. */
const REACHING = [
  'ADDRESS_NOT_ALLOWED',
  'HOST_NOT_FOUND',
  'HOST_KEY_UNCONFIRMED',
  'HOST_KEY_CHANGED',
  'CONNECTION_REFUSED',
  'CONNECTION_TIMEOUT',
  'CONNECTION_LOST',
  'SSH_AUTHENTICATION_FAILED',
  'SSH_KEY_INVALID',
  'SSH_PROTOCOL_ERROR',
  'SSH_FORWARDING_DENIED',
  'SUDO_REFUSED',
  'KUBERNETES_NOT_FOUND',
  'KUBECONFIG_INVALID',
  'KUBECONFIG_FIELD_NOT_ALLOWED',
  'CERTIFICATE_NOT_TRUSTED',
  'CERTIFICATE_EXPIRED',
  'KUBERNETES_UNAUTHORIZED',
  'KUBERNETES_FORBIDDEN',
  'KUBERNETES_UNAVAILABLE',
  'KUBERNETES_BAD_RESPONSE',
] as const satisfies readonly ErrorCode[];

@ApiTags('Servers')
@ApiBearerAuth()
@Controller('api/v1/servers')
export class ServersController {
  readonly #list = new LatestText(LIST_KEPT_MS);

  constructor(
    private readonly servers: ServerManager,
    private readonly registrar: ServerRegistrar,
    private readonly reach: ServerReach,
  ) {}

  @Post('host-key')
  @HttpCode(200)
  @ApiOperation({
    operationId: 'readHostKey',
    summary: 'Ask a machine for its SSH host key, to be compared and confirmed; sends no credential',
  })
  @ApiOkResponse({ type: HostKeyDto })
  @ApiProblems(
    'ADDRESS_NOT_ALLOWED',
    'HOST_NOT_FOUND',
    'CONNECTION_REFUSED',
    'CONNECTION_TIMEOUT',
    'SSH_PROTOCOL_ERROR',
  )
  hostKey(@Body() { host, port }: AddressDto): Promise<HostKeyDto> {
    return this.reach.hostKey(host, port);
  }

  @Post('test')
  @HttpCode(200)
  @Streams()
  @ApiOperation({
    operationId: 'rehearseServer',
    summary: 'Try to reach a machine as a registration would; keeps nothing',
    description: TRIAL,
  })
  @ApiOkResponse({ type: TrialDto })
  @ApiProblems(...REACHING)
  rehearse(@Body() dto: ReachDto, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerTrial(request, reply, (options) => this.registrar.rehearse(dto, options));
  }

  @Post()
  @ApiOperation({ operationId: 'registerServer', summary: 'Connect to a machine and register it' })
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiBody({ type: RegisterDto, examples: REGISTRATIONS })
  @ApiCreatedResponse({ type: ServerDto })
  @ApiProblems(...REACHING, 'SERVER_NAME_TAKEN', 'SERVER_ALREADY_REGISTERED')
  async register(
    @Body() dto: RegisterDto,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ServerDto> {
    const id = await this.registrar.register(dto, { actor, once });
    void reply.header('location', `/api/v1/servers/${id}`);
    return this.#view(id);
  }

  @Get()
  @ApiOperation({ operationId: 'listServers', summary: 'Every server as last seen; never waits for any of them' })
  @ApiOkResponse({ type: ServerListDto })
  @ApiReadProblems()
  list(@Res() reply: FastifyReply): Promise<void> {
    const snapshot = this.servers.snapshot();
    const { revision, text } = this.#list.of(snapshot.rev, snapshotRevision(snapshot), () =>
      serversJson(this.servers.list(), Date.now()),
    );
    return answerJson(reply, revision, () => text);
  }

  @Get(':serverId')
  @ApiOperation({ operationId: 'getServer', summary: 'One server as last seen' })
  @ApiServerId()
  @ApiOkResponse({ type: ServerDto })
  @ApiReadProblems('SERVER_NOT_FOUND', 'INVALID_REQUEST')
  get(@ServerId() serverId: string): ServerDto {
    return this.#view(serverId);
  }

  @Get(':serverId/pods')
  @ApiOperation({
    operationId: 'listServerPods',
    summary: "Every pod that the server's cluster reports, Berth's and others'",
  })
  @ApiServerId()
  @ApiOkResponse({ type: [ClusterPodDto] })
  @ApiReadProblems('SERVER_NOT_FOUND', 'INVALID_REQUEST')
  listPods(@ServerId() serverId: string): readonly ClusterPodDto[] {
    return clusterPodViews(this.servers.get(serverId));
  }

  @Patch(':serverId')
  @ApiOperation({
    operationId: 'editServer',
    summary: 'Change what is given; a new way to reach the server is tried first',
  })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: ServerDto })
  @ApiProblems(...REACHING, 'SERVER_NOT_FOUND', 'SERVER_NAME_TAKEN', 'SERVER_ALREADY_REGISTERED', 'CLUSTER_CHANGED')
  async edit(
    @ServerId() serverId: string,
    @Body() dto: EditDto,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<ServerDto> {
    await this.registrar.edit(serverId, dto, { actor, once });
    return this.#view(serverId);
  }

  @Delete(':serverId')
  @HttpCode(202)
  @ApiOperation({
    operationId: 'removeServer',
    summary: 'Remove the server; refused while pods run there unless told what to do with them',
  })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiAcceptedResponse({ type: RemovedDto })
  @ApiProblems('SERVER_NOT_FOUND', 'SERVER_HAS_PODS')
  async remove(
    @ServerId() serverId: string,
    @Query() { pods }: RemoveQuery,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<RemovedDto> {
    return { isGone: await this.servers.remove(serverId, pods ?? 'refuse', { actor, once }) };
  }

  @Post(':serverId/test')
  @HttpCode(200)
  @Streams()
  @ApiOperation({ operationId: 'testServer', summary: 'Look at the connection now', description: TRIAL })
  @ApiServerId()
  @ApiOkResponse({ type: TrialDto })
  @ApiProblems(...REACHING, 'SERVER_NOT_FOUND', 'CREDENTIAL_UNREADABLE')
  test(@ServerId() serverId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return answerTrial(request, reply, (options) => this.servers.test(serverId, options));
  }

  @Post(':serverId/reconnect')
  @HttpCode(200)
  @ApiOperation({ operationId: 'reconnectServer', summary: 'Close the connection and open a new one' })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: ServerDto })
  @ApiProblems('SERVER_NOT_FOUND')
  async reconnect(
    @ServerId() serverId: string,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<ServerDto> {
    await this.servers.reconnect(serverId, { actor, once });
    return this.#view(serverId);
  }

  @Post(':serverId/pause')
  @HttpCode(200)
  @ApiOperation({ operationId: 'pauseServer', summary: 'Leave the server alone; its pods run on and keep their room' })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: ServerDto })
  @ApiProblems('SERVER_NOT_FOUND')
  async pause(
    @ServerId() serverId: string,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<ServerDto> {
    await this.servers.pause(serverId, { actor, once });
    return this.#view(serverId);
  }

  @Post(':serverId/resume')
  @HttpCode(200)
  @ApiOperation({ operationId: 'resumeServer', summary: 'Look after the server again' })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: ServerDto })
  @ApiProblems('SERVER_NOT_FOUND')
  async resume(
    @ServerId() serverId: string,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<ServerDto> {
    await this.servers.resume(serverId, { actor, once });
    return this.#view(serverId);
  }

  @Post(':serverId/host-key')
  @HttpCode(200)
  @ApiOperation({ operationId: 'confirmHostKey', summary: 'Vouch for the new host key that the machine shows' })
  @ApiServerId()
  @ApiIdempotent(KEY_EXAMPLE)
  @ApiOkResponse({ type: ServerDto })
  @ApiProblems('SERVER_NOT_FOUND', 'HOST_KEY_CHANGED', 'CONNECTION_REFUSED', 'CONNECTION_TIMEOUT')
  async confirmHostKey(
    @ServerId() serverId: string,
    @Body() { fingerprint }: ConfirmHostKeyDto,
    @Actor() actor: string,
    @Once() once: OnceKey | undefined,
  ): Promise<ServerDto> {
    await this.servers.confirmHostKey(serverId, fingerprint, { actor, once });
    return this.#view(serverId);
  }

  #view(serverId: string): ServerDto {
    return serverView(this.servers.get(serverId), Date.now());
  }
}
