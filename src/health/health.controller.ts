import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblems, ApiReadProblems } from '../http/api-problems.js';
import { JobStatusDto, RunJobDto } from '../loops/job-status.dto.js';
import { HealthMonitor } from './health-monitor.js';

@ApiTags('jobs')
@Controller('api/v1/jobs/health')
export class HealthController {
  constructor(private readonly monitor: HealthMonitor) {}

  @Get()
  @ApiReadProblems()
  @ApiOperation({ summary: 'How the health monitor is doing, server by server' })
  @ApiOkResponse({ type: JobStatusDto })
  get(): JobStatusDto {
    return this.monitor.status();
  }

  @Post('start')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'Probe servers at their interval again' })
  @ApiOkResponse({ type: JobStatusDto })
  start(): JobStatusDto {
    this.monitor.start();
    return this.monitor.status();
  }

  @Post('stop')
  @ApiProblems()
  @HttpCode(200)
  @ApiOperation({ summary: 'Probe no more until it is started again, or Berth is' })
  @ApiOkResponse({ type: JobStatusDto })
  stop(): JobStatusDto {
    this.monitor.stop();
    return this.monitor.status();
  }

  @Post('run')
  @ApiProblems('SERVER_NOT_FOUND')
  @HttpCode(200)
  @ApiOperation({ summary: 'Probe one server, or all, now; answers when that is done' })
  @ApiOkResponse({ type: JobStatusDto })
  async run(@Body() body: RunJobDto): Promise<JobStatusDto> {
    await this.monitor.runNow(body.serverId);
    return this.monitor.status();
  }
}
