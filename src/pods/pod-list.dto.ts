import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsInt, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';
import { POD_STATES, type PodState } from '../domain/pod-status.js';
import { Flag, WholeNumber } from './query-values.js';

export const POD_SCOPES = ['managed', 'foreign', 'all'] as const;
export type PodScope = (typeof POD_SCOPES)[number];
export const POD_SORTS = ['created', 'name', 'state', 'server', 'cpus', 'memory'] as const;
export type PodSort = (typeof POD_SORTS)[number];
const ORDERS = ['asc', 'desc'] as const;

export class PodListQuery {
  @ApiPropertyOptional({
    enum: POD_SCOPES,
    example: 'all',
    default: 'managed',
    description: 'managed: launched by Berth; foreign: every other pod that the clusters report',
  })
  @IsOptional()
  @IsIn(POD_SCOPES)
  readonly scope?: PodScope;

  @ApiPropertyOptional({ example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10' })
  @IsOptional()
  @IsUUID()
  readonly serverId?: string;

  @ApiPropertyOptional({ enum: POD_STATES, example: 'Running' })
  @IsOptional()
  @IsIn(POD_STATES)
  readonly state?: PodState;

  @ApiPropertyOptional({ example: 'web', description: 'A part of the name, the namespace or the image' })
  @IsOptional()
  @IsString()
  @MaxLength(255)
  readonly search?: string;

  @ApiPropertyOptional({ example: false, description: 'Also pods that are over', default: false })
  @IsOptional()
  @Flag()
  @IsBoolean()
  readonly finished?: boolean;

  @ApiPropertyOptional({ enum: POD_SORTS, example: 'cpus', default: 'created' })
  @IsOptional()
  @IsIn(POD_SORTS)
  readonly sort?: PodSort;

  @ApiPropertyOptional({
    enum: ORDERS,
    example: 'desc',
    description: 'Left out: the newest and the largest first, words from A',
  })
  @IsOptional()
  @IsIn(ORDERS)
  readonly order?: (typeof ORDERS)[number];

  @ApiPropertyOptional({ example: 100, minimum: 1, maximum: 1_000, default: 100 })
  @IsOptional()
  @WholeNumber()
  @IsInt()
  @Min(1)
  @Max(1_000)
  readonly limit?: number;

  @ApiPropertyOptional({
    example: 'WyJjcmVhdGVkIiwiMjAyNi0xMS0yM1QwOTozMDowMC4wMDBaIiwiNWYwYzdmNWUiXQ',
    description: '`nextCursor` of the page before, with the same sort and order',
  })
  @IsOptional()
  @Matches(/^[\w-]{1,1000}$/, { message: 'cursor must be the nextCursor of an earlier answer' })
  readonly cursor?: string;
}
