import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsDecimal } from '../http/decimal.js';

/** A DNS-1123 label; 40 characters leave room for what Berth and Kubernetes append. */
const NAME = /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/;
const NODE_NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]{0,254}$/;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}$/;

export class VariableDto {
  @ApiProperty({ example: 'MODE', description: 'Name of an environment variable' })
  @Matches(VARIABLE, { message: 'name must be letters, digits, "_", "-" or ".", beginning with a letter or "_"' })
  readonly name!: string;

  @ApiProperty({ example: 'fast', maxLength: 32_768 })
  @IsString()
  @MaxLength(32_768)
  readonly value!: string;
}

export class PortDto {
  @ApiProperty({ example: 8080, minimum: 1, maximum: 65_535 })
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly containerPort!: number;

  @ApiPropertyOptional({ example: 'TCP', enum: ['TCP', 'UDP'], default: 'TCP' })
  @IsOptional()
  @IsIn(['TCP', 'UDP'])
  readonly protocol?: 'TCP' | 'UDP';
}

export class LaunchDto {
  @ApiProperty({ example: 'registry.test/web:1', description: 'The container image' })
  @Matches(IMAGE, { message: 'image must be an image reference such as ghcr.io/team/app:2' })
  readonly image!: string;

  @ApiProperty({ example: 0.5, description: 'Cores; both request and limit', minimum: 0.001, maximum: 10_000 })
  @IsDecimal(3)
  @Min(0.001)
  @Max(10_000)
  readonly cpus!: number;

  @ApiProperty({ example: 0.5, description: 'GiB; both request and limit', minimum: 0.001, maximum: 1_000_000 })
  @IsDecimal(6)
  @Min(0.001)
  @Max(1_000_000)
  readonly memoryGiB!: number;

  @ApiPropertyOptional({
    example: 1,
    description: 'GiB of ephemeral storage',
    minimum: 0,
    maximum: 1_000_000,
    default: 0,
  })
  @IsOptional()
  @IsDecimal(6)
  @Min(0)
  @Max(1_000_000)
  readonly storageGiB?: number;

  @ApiPropertyOptional({ example: 0, description: 'Whole GPUs', minimum: 0, maximum: 1_024, default: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_024)
  readonly gpus?: number;

  @ApiPropertyOptional({ example: 'web', description: 'Unique on the server; made from the image when left out' })
  @IsOptional()
  @Matches(NAME, { message: 'name must be at most 40 lower-case letters, digits and "-", beginning with a letter' })
  readonly name?: string;

  @ApiPropertyOptional({
    example: '0b8f8e0e-6b0f-4f5e-9f6e-2f1f5a3c9d10',
    description: 'Where to run; left out: wherever it fits best',
  })
  @IsOptional()
  @IsUUID()
  readonly serverId?: string;

  @ApiPropertyOptional({ example: 'node-1', description: 'Only this node' })
  @IsOptional()
  @Matches(NODE_NAME, { message: 'nodeName must be the name of a Kubernetes node' })
  readonly nodeName?: string;

  @ApiPropertyOptional({ example: ['/start'], description: "Replaces the image's entry point", type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(4_096, { each: true })
  readonly command?: string[];

  @ApiPropertyOptional({ example: ['--verbose'], type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @MaxLength(4_096, { each: true })
  readonly args?: string[];

  @ApiPropertyOptional({ type: [VariableDto], example: [{ name: 'MODE', value: 'fast' }] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(200)
  @ArrayUnique((variable: VariableDto) => variable?.name)
  @ValidateNested({ each: true })
  @Type(() => VariableDto)
  readonly env?: VariableDto[];

  @ApiPropertyOptional({ type: [PortDto], example: [{ containerPort: 8080, protocol: 'TCP' }] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique((port: PortDto) => `${port?.containerPort}/${port?.protocol ?? 'TCP'}`)
  @ValidateNested({ each: true })
  @Type(() => PortDto)
  readonly ports?: PortDto[];

  @ApiPropertyOptional({ example: false, description: 'Refuse to run the container as root', default: false })
  @IsOptional()
  @IsBoolean()
  readonly runAsNonRoot?: boolean;
}

export class ReleaseDto {
  @ApiProperty({ example: 'the machine was scrapped', description: 'Kept in the log', maxLength: 500 })
  @IsString()
  @Matches(/\S/, { message: 'reason must say why' })
  @MaxLength(500)
  readonly reason!: string;
}
