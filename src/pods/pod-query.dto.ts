import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsInt, IsOptional, Max, Min } from 'class-validator';
import { Flag, WholeNumber } from './query-values.js';

export class LaunchQuery {
  @ApiPropertyOptional({
    example: 30,
    description: 'Seconds to wait for an outcome before answering; 0 answers at once',
    default: 0,
  })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(600)
  readonly wait?: number;
}

export class LogQuery {
  @ApiPropertyOptional({
    example: 100,
    description: 'Only the last lines; all when left out',
    minimum: 0,
    maximum: 1_000_000,
  })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  readonly tail?: number;

  @ApiPropertyOptional({ example: 3600, description: 'Only the last seconds', minimum: 1 })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  readonly since?: number;

  @ApiPropertyOptional({ example: false, description: 'The container before the last restart', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly previous?: boolean;

  @ApiPropertyOptional({ example: false, description: 'Go on as lines are written', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly follow?: boolean;

  @ApiPropertyOptional({ example: false, description: 'An instant before each line', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly timestamps?: boolean;
}
