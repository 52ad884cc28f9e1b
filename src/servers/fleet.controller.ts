import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiReadProblems } from '../http/api-problems.js';
import { answerJson, LatestText } from '../http/json-answer.js';
import { snapshotRevision } from '../http/snapshot-revision.js';
import { FleetDto } from './server.dto.js';
import { ServerManager } from './server-manager.js';
import { fleetView } from './server-view.js';

/** The sums of a thousand servers take some milliseconds. */
const KEPT_MS = 250;

@ApiTags('Fleet')
@ApiBearerAuth()
@Controller('api/v1/fleet')
export class FleetController {
  readonly #text = new LatestText(KEPT_MS);

  constructor(private readonly servers: ServerManager) {}

  @Get()
  @ApiOperation({
    operationId: 'getFleet',
    summary: 'All servers together: what there is, what is claimed, what is used',
  })
  @ApiOkResponse({ type: FleetDto })
  @ApiReadProblems()
  get(@Res() reply: FastifyReply): Promise<void> {
    const state = this.servers.snapshot();
    const { revision, text } = this.#text.of(state.rev, snapshotRevision(state), () =>
      JSON.stringify(fleetView(state, Date.now())),
    );
    return answerJson(reply, revision, () => text);
  }
}
