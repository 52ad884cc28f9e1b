import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, ApiReadProblems } from '../http/api-problems.js';
import { JobStatusDto, RunJobDto } from '../loops/job-status.dto.js';
import { BackgroundRefresh } from './background-refresh.js';

@ApiTags('jobs')
@Controller('api/v1/jobs/refresh')
export class RefreshController {
  constructor(private readonly job: BackgroundRefresh) {}

  @Get()
  @ApiReadProblems()
  @ApiOperation({ summary: 'How the background refresh is doing, server by server' })
  @ApiOkResponse({ type: JobStatusDto })
  get(): JobStatusDto {
    return this.job.status();
  }

  @Post('start')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'List and watch servers again' })
  @ApiOkResponse({ type: JobStatusDto })
  start(): JobStatusDto {
    this.job.start();
    return this.job.status();
  }

  @Post('stop')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'List and watch no more until it is started again, or Berth is' })
  @ApiOkResponse({ type: JobStatusDto })
  stop(): JobStatusDto {
    this.job.stop();
    return this.job.status();
  }

  @Post('run')
  @ApiProblems('SERVER_NOT_FOUND')
  @HttpCode(200)
  @ApiOperation({ summary: 'List one server, or all, now; answers when that is done' })
  @ApiOkResponse({ type: JobStatusDto })
  async run(@Body() body: RunJobDto): Promise<JobStatusDto> {
    await this.job.runNow(body.serverId);
    return this.job.status();
  }
}
