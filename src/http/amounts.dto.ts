import { ApiProperty } from '@nestjs/swagger';
import type { Amounts } from '../domain/amounts.js';

export class AmountsDto implements Amounts {
  @ApiProperty({ description: 'Cores', example: 1.5 })
  readonly cpus!: number;

  @ApiProperty({ description: 'GiB (2^30 bytes)', example: 2 })
  readonly memoryGiB!: number;

  @ApiProperty({ description: 'GiB of ephemeral storage', example: 10 })
  readonly storageGiB!: number;

  @ApiProperty({ description: 'Whole GPUs', example: 1 })
  readonly gpus!: number;
}

export class UsageDto {
  @ApiProperty({ description: 'Cores in use', example: 0.42 })
  readonly cpus!: number;

  @ApiProperty({ description: 'GiB in use', example: 0.81 })
  readonly memoryGiB!: number;

  @ApiProperty({ description: 'When it was measured', example: '2026-11-23T09:30:00.000Z' })
  readonly observedAt!: string;
}
