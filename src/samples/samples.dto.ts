import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional } from 'class-validator';
import type { Hours } from './series.js';

const HOURS = [1, 24] as const;

export class SamplesQuery {
  @ApiPropertyOptional({
    enum: HOURS,
    type: Number,
    example: 1,
    default: 1,
    description: '1: the last hour by 15 seconds; 24: the last day by 5 minutes',
  })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => (value === '1' || value === '24' ? Number(value) : value))
  @IsIn(HOURS)
  readonly hours?: Hours;
}

const numbers = (example: readonly (number | null)[], description: string): ApiPropertyOptions => ({
  type: 'array',
  items: { type: 'number', nullable: true },
  example,
  description,
});

export class ShareSamplesDto {
  @ApiProperty(numbers([8, 8], 'What the nodes offer; null: not known then'))
  readonly allocatable!: readonly (number | null)[];

  @ApiProperty(numbers([2, 2.5], 'Claimed through Berth'))
  readonly reserved!: readonly (number | null)[];

  @ApiProperty(numbers([0.5, 0.5], 'Requested by other pods'))
  readonly foreign!: readonly (number | null)[];
}

export class UsedShareSamplesDto extends ShareSamplesDto {
  @ApiProperty(numbers([1.2, null], 'Really used, where it is measured'))
  readonly used!: readonly (number | null)[];
}

export class CapacitySamplesDto {
  @ApiProperty({ type: UsedShareSamplesDto })
  readonly cpus!: UsedShareSamplesDto;

  @ApiProperty({ type: UsedShareSamplesDto })
  readonly memoryGiB!: UsedShareSamplesDto;

  @ApiProperty({ type: ShareSamplesDto })
  readonly storageGiB!: ShareSamplesDto;

  @ApiProperty({ type: ShareSamplesDto })
  readonly gpus!: ShareSamplesDto;
}

export class LatencySamplesDto {
  @ApiProperty(numbers([12, 14], 'Milliseconds of the check link'))
  readonly link!: readonly (number | null)[];

  @ApiProperty(numbers([31, 30], 'Milliseconds of the check api'))
  readonly api!: readonly (number | null)[];
}

export class ServerNumbersDto {
  @ApiProperty(numbers([11, 12], 'Servers in touch; only these are in the sums'))
  readonly inTouch!: readonly (number | null)[];

  @ApiProperty(numbers([12, 12], 'All servers'))
  readonly total!: readonly (number | null)[];
}

class SamplesDto {
  @ApiProperty({ example: '2026-11-23T09:30:00.000Z', description: 'Instant of the first number of every list' })
  readonly from!: string;

  @ApiProperty({ example: 15, description: 'From one number of a list to the next' })
  readonly intervalSeconds!: number;

  @ApiProperty({ type: CapacitySamplesDto })
  readonly capacity!: CapacitySamplesDto;
}

export class ServerSamplesDto extends SamplesDto {
  @ApiProperty({ type: LatencySamplesDto })
  readonly latencyMs!: LatencySamplesDto;
}

export class FleetSamplesDto extends SamplesDto {
  @ApiProperty({ type: ServerNumbersDto })
  readonly servers!: ServerNumbersDto;
}
