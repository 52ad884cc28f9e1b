import { Controller, Get, Param, ParseUUIDPipe, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BerthError } from '../domain/errors.js';
import { ApiReadProblems } from '../http/api-problems.js';
import { answerJson, JsonText } from '../http/json-answer.js';
import { FleetSamplesDto, SamplesQuery, ServerSamplesDto } from './samples.dto.js';
import { fleetSamples, serverSamples } from './samples-view.js';
import { Sampler } from './sampler.js';

@ApiTags('Samples')
@ApiBearerAuth()
@Controller('api/v1')
export class SamplesController {
  constructor(private readonly sampler: Sampler) {}

  @Get('servers/:serverId/samples')
  @ApiOperation({
    operationId: 'getServerSamples',
    summary: 'How capacity and latency of a server went, since Berth was started',
  })
  @ApiParam({ name: 'serverId', example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10', format: 'uuid' })
  @ApiOkResponse({ type: ServerSamplesDto })
  @ApiReadProblems('SERVER_NOT_FOUND', 'INVALID_REQUEST')
  async server(
    @Param('serverId', new ParseUUIDPipe()) serverId: string,
    @Query() { hours = 1 }: SamplesQuery,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const all = this.sampler.server(serverId, hours, Date.now());
    if (!all) throw new BerthError('SERVER_NOT_FOUND', `There is no server ${serverId}.`);
    await answerJson(reply, null, () => new JsonText(JSON.stringify(serverSamples(all, hours))));
  }

  @Get('fleet/samples')
  @ApiOperation({ operationId: 'getFleetSamples', summary: 'How the fleet went, since Berth was started' })
  @ApiOkResponse({ type: FleetSamplesDto })
  @ApiReadProblems('INVALID_REQUEST')
  async fleet(@Query() { hours = 1 }: SamplesQuery, @Res() reply: FastifyReply): Promise<void> {
    const all = this.sampler.fleet(hours, Date.now());
    await answerJson(reply, null, () => new JsonText(JSON.stringify(fleetSamples(all, hours))));
  }
}
