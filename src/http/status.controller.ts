import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Public } from '../access/public.js';
import { ApiPublic, ApiReadProblems } from './api-problems.js';
import { type Checks, LivenessChecks, ReadinessChecks } from './liveness.js';
import { Metrics } from './metrics.js';
import { StatusView } from './status.dto.js';

/** Probes are public, since orchestrators have no token; they tell names of checks and no data. */
@ApiTags('Operation')
@Controller()
export class StatusController {
  constructor(
    private readonly liveness: LivenessChecks,
    private readonly readiness: ReadinessChecks,
    private readonly metrics: Metrics,
  ) {}

  /** Whether the process is of use: it answers, and no job is stuck. When this fails, start it anew. */
  @Get('livez')
  @Public()
  @ApiPublic()
  @ApiOperation({ summary: 'Is Berth alive?' })
  @ApiOkResponse({ type: StatusView })
  @ApiServiceUnavailableResponse({ type: StatusView, description: 'Something is stuck; restart Berth.' })
  live(@Res({ passthrough: true }) reply: FastifyReply): StatusView {
    return answer(this.liveness, reply);
  }

  /** Whether requests should be sent here: the state is open and can be written, and Berth is not stopping. */
  @Get('readyz')
  @Public()
  @ApiPublic()
  @ApiOperation({ summary: 'Is Berth ready for requests?' })
  @ApiOkResponse({ type: StatusView })
  @ApiServiceUnavailableResponse({ type: StatusView, description: 'Not now; the checks say why.' })
  ready(@Res({ passthrough: true }) reply: FastifyReply): StatusView {
    return answer(this.readiness, reply);
  }

  @Get('metrics')
  @ApiReadProblems()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Numbers for Prometheus' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string', example: 'berth_state_revision 42' } })
  async numbers(@Res({ passthrough: true }) reply: FastifyReply): Promise<string> {
    void reply.type(this.metrics.contentType);
    return this.metrics.text();
  }
}

function answer(checks: Checks, reply: FastifyReply): StatusView {
  const { isOk, checks: results } = checks.run();
  void reply.code(isOk ? 200 : 503).header('cache-control', 'no-store');
  return { status: isOk ? 'ok' : 'failing', checks: results };
}
