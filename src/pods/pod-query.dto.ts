import { ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { POD_STATES, type PodState } from '../domain/pod-status.js';

/** A query is text: only a plain decimal number becomes one, all else is left for the validator to refuse. */
const WholeNumber = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value,
  );
const Flag = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));

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

export class PodListQuery {
  @ApiPropertyOptional({ example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10' })
  @IsOptional()
  @IsUUID()
  readonly serverId?: string;

  @ApiPropertyOptional({ enum: POD_STATES, example: 'Running' })
  @IsOptional()
  @IsIn(POD_STATES)
  readonly state?: PodState;

  @ApiPropertyOptional({ example: 'web', description: 'A part of the name or the image' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly search?: string;

  @ApiPropertyOptional({ example: false, description: 'Also pods that are over', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly finished?: boolean;

  @ApiPropertyOptional({ example: 100, minimum: 1, maximum: 1_000, default: 100 })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly limit?: number;

  @ApiPropertyOptional({
    example: '2026-11-23T09:30:00.000Z_5f0c7f5e-3a59-4b35-9d0e-6a2f1f0d7c11',
    description: '`nextCursor` of the page before',
  })
  @IsOptional()
  @Matches(/^[0-9TZ:.-]{24}_[0-9a-f-]{36}$/, { message: 'cursor must be the nextCursor of an earlier answer' })
  readonly cursor?: string;
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
