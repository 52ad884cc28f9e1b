import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiProblems, ApiReadProblems } from '../http/api-problems.js';
import { JobStatusDto, RunJobDto } from '../loops/job-status.dto.js';
import { BackgroundRefresh } from './background-refresh.js';

@ApiTags('jobs')
@Controller('api/v1')
export class RefreshController {
  constructor(private readonly job: BackgroundRefresh) {}

  @Get('jobs/refresh')
  @ApiReadProblems()
  @ApiOperation({ summary: 'How the background refresh is doing, server by server' })
  @ApiOkResponse({ type: JobStatusDto })
  get(): JobStatusDto {
    return this.job.status();
  }

  @Post('jobs/refresh/start')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'List and watch servers again' })
  @ApiOkResponse({ type: JobStatusDto })
  start(): JobStatusDto {
    this.job.start();
    return this.job.status();
  }

  @Post('jobs/refresh/stop')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'List and watch no more until it is started again, or Berth is' })
  @ApiOkResponse({ type: JobStatusDto })
  stop(): JobStatusDto {
    this.job.stop();
    return this.job.status();
  }

  @Post('jobs/refresh/run')
  @ApiProblems('SERVER_NOT_FOUND', 'SERVER_NOT_READY')
  @HttpCode(200)
  @ApiOperation({ summary: 'List one server, or all, now; answers when that is done' })
  @ApiOkResponse({ type: JobStatusDto })
  async run(@Body() body: RunJobDto): Promise<JobStatusDto> {
    await this.job.runNow(body.serverId);
    return this.job.status();
  }

  @Post('servers/:serverId/refresh')
  @ApiProblems('SERVER_NOT_FOUND', 'SERVER_NOT_READY')
  @HttpCode(200)
  @ApiOperation({ operationId: 'refreshServer', summary: 'List this server now; answers when that is done' })
  @ApiParam({ name: 'serverId', example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10', format: 'uuid' })
  @ApiOkResponse({ type: JobStatusDto })
  async refresh(@Param('serverId', new ParseUUIDPipe()) serverId: string): Promise<JobStatusDto> {
    await this.job.runNow(serverId);
    const { loops, ...status } = this.job.status();
    return { ...status, loops: loops.filter((loop) => loop.serverId === serverId) };
  }
}
