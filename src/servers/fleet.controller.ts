import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiReadProblems } from '../http/api-problems.js';
import { answerRevision } from '../http/revision.js';
import { snapshotRevision } from '../http/snapshot-revision.js';
import { FleetDto } from './server.dto.js';
import { ServerManager } from './server-manager.js';
import { fleetView } from './server-view.js';

@ApiTags('Fleet')
@ApiBearerAuth()
@Controller('api/v1/fleet')
export class FleetController {
  constructor(private readonly servers: ServerManager) {}

  @Get()
  @ApiOperation({
    operationId: 'getFleet',
    summary: 'All servers together: what there is, what is claimed, what is used',
  })
  @ApiOkResponse({ type: FleetDto })
  @ApiReadProblems()
  get(@Res({ passthrough: true }) reply: FastifyReply): FleetDto | undefined {
    const state = this.servers.snapshot();
    return answerRevision(reply, snapshotRevision(state), () => fleetView(state, Date.now()));
  }
}
