import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import type { JobStatus, LoopStatus, RunResult } from './server-loop.js';

export class LoopStatusDto implements LoopStatus {
  @ApiProperty({ example: '0d9e7f0e-6f0d-4f0f-9a59-0a2b6d1c3f11' }) serverId!: string;
  @ApiProperty({ example: false, description: 'Whether a run is under way.' }) isRunning!: boolean;
  @ApiProperty({ type: String, nullable: true, format: 'date-time', example: '2026-11-23T09:30:00.000Z' })
  lastStartedAt!: string | null;
  @ApiProperty({ type: Number, nullable: true, example: 42, description: 'Milliseconds of the last finished run.' })
  lastDurationMs!: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ok',
    description: '`ok`, or the code of the error that ended the last run.',
  })
  lastResult!: RunResult | null;
  @ApiProperty({ example: 0, description: 'Runs that failed since the last that worked.' }) failuresInARow!: number;
  @ApiProperty({
    type: String,
    nullable: true,
    format: 'date-time',
    example: '2026-11-23T09:30:30.000Z',
    description: 'Null while the job is stopped.',
  })
  nextRunAt!: string | null;
}

export class JobStatusDto implements JobStatus {
  @ApiProperty({ example: 'health' }) name!: string;
  @ApiProperty({ example: true, description: 'Whether the job runs by itself. Holds until this process ends.' })
  isStarted!: boolean;
  @ApiProperty({ type: [LoopStatusDto], description: 'One per server that is not paused.' })
  loops!: readonly LoopStatusDto[];
}

export class RunJobDto {
  @ApiPropertyOptional({
    example: '0d9e7f0e-6f0d-4f0f-9a59-0a2b6d1c3f11',
    maxLength: 64,
    description: 'Only this server; without it, every server that is not paused.',
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  serverId?: string;
}
