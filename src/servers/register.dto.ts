import { applyDecorators } from '@nestjs/common';
import { ApiHideProperty, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsEmpty,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsDecimal } from '../http/decimal.js';
import { SANDBOX_TROUBLES, type SandboxTrouble } from '../domain/server.js';

const NAME = /^[A-Za-z0-9]([A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._=-]{0,62}$/;
/** A name or an address as a resolver takes it; whether Berth may connect to it is decided by the address policy. */
const HOST = /^[A-Za-z0-9]([A-Za-z0-9._:-]{0,251}[A-Za-z0-9])?$|^::[0-9A-Fa-f:.]*$/;
const USERNAME = /^[A-Za-z0-9_][A-Za-z0-9_.@\\-]{0,63}$/;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

export class AddressDto {
  @ApiProperty({ example: '203.0.113.10', description: 'Name or address of the machine' })
  @Matches(HOST, { message: 'host must be a host name or an IP address, without port, user or scheme' })
  readonly host!: string;

  @ApiPropertyOptional({ example: 22, minimum: 1, maximum: 65_535, default: 22 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(65_535)
  readonly port?: number;
}

export class SshDto extends AddressDto {
  @ApiProperty({ example: 'azureuser' })
  @Matches(USERNAME, { message: 'username must be the name of a user on the machine' })
  readonly username!: string;

  @ApiPropertyOptional({ example: 'correct horse battery staple', description: 'Never shown again', writeOnly: true })
  @IsOptional()
  @IsString()
  @Length(1, 1_024)
  readonly password?: string;

  @ApiPropertyOptional({
    example: '-----BEGIN OPENSSH PRIVATE KEY-----\n…\n-----END OPENSSH PRIVATE KEY-----\n',
    description: 'Instead of a password; OpenSSH or PEM. Never shown again',
    writeOnly: true,
  })
  @IsOptional()
  @IsString()
  @Length(1, 16_384)
  readonly privateKey?: string;

  @ApiPropertyOptional({ example: 'a passphrase', description: 'Of the private key', writeOnly: true })
  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  readonly passphrase?: string;

  @ApiPropertyOptional({ example: 'a password', description: 'For sudo, with a private key', writeOnly: true })
  @IsOptional()
  @IsString()
  @MaxLength(1_024)
  readonly sudoPassword?: string;

  @ApiPropertyOptional({
    example: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    description: 'The confirmed host key. Left out: the answer tells it, and nothing is sent to the machine',
  })
  @IsOptional()
  @Matches(FINGERPRINT, { message: 'hostKeyFingerprint must look like SHA256:… as ssh-keygen -l prints it' })
  readonly hostKeyFingerprint?: string;

  @ApiPropertyOptional({
    example: true,
    description: 'Reach the Kubernetes API through SSH; only its port need be open',
    default: true,
  })
  @IsOptional()
  @IsBoolean()
  readonly useTunnel?: boolean;
}

export class KubeconfigDto {
  @ApiProperty({
    example: 'apiVersion: v1\nkind: Config\n…',
    description: 'What `kubectl config view --raw --flatten --minify` prints',
    writeOnly: true,
  })
  @IsString()
  @Length(1, 1_000_000)
  readonly text!: string;

  @ApiPropertyOptional({ example: 'microk8s', description: 'Left out: its current context' })
  @IsOptional()
  @IsString()
  @Length(1, 253)
  readonly context?: string;
}

/** Empty: there is nothing to say. class-validator refuses a class without rules, so it has one for a field that never is. */
export class InClusterDto {
  @ApiHideProperty()
  @IsEmpty()
  readonly nothing?: undefined;
}

export class SandboxDto {
  @ApiPropertyOptional({ example: 2, minimum: 1, maximum: 100, default: 2 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(100)
  readonly nodes?: number;

  @ApiPropertyOptional({ example: 8, minimum: 0.1, maximum: 1_000, default: 8 })
  @IsOptional()
  @IsDecimal(3)
  @Min(0.1)
  @Max(1_000)
  readonly cpusPerNode?: number;

  @ApiPropertyOptional({ example: 32, minimum: 0.1, maximum: 100_000, default: 32 })
  @IsOptional()
  @IsDecimal(3)
  @Min(0.1)
  @Max(100_000)
  readonly memoryGiBPerNode?: number;

  @ApiPropertyOptional({ example: 100, minimum: 0, maximum: 1_000_000, default: 100 })
  @IsOptional()
  @IsDecimal(3)
  @Min(0)
  @Max(1_000_000)
  readonly storageGiBPerNode?: number;

  @ApiPropertyOptional({ example: 2, minimum: 0, maximum: 64, default: 0 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(64)
  readonly gpusPerNode?: number;

  @ApiPropertyOptional({
    example: 20,
    description: 'Each call takes about this long',
    minimum: 0,
    maximum: 60_000,
    default: 20,
  })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(60_000)
  readonly latencyMs?: number;

  @ApiPropertyOptional({ example: 0, description: 'Share of calls that fail', minimum: 0, maximum: 1, default: 0 })
  @IsOptional()
  @IsDecimal(3)
  @Min(0)
  @Max(1)
  readonly failureRate?: number;

  @ApiPropertyOptional({ example: 12, description: 'Pods of other people on each node', minimum: 0, maximum: 110 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(110)
  readonly neighboursPerNode?: number;

  @ApiPropertyOptional({
    example: 6,
    description: 'How often a pod of other people comes, goes or restarts',
    minimum: 0,
    maximum: 6_000,
  })
  @IsOptional()
  @IsDecimal(3)
  @Min(0)
  @Max(6_000)
  readonly changesPerMinute?: number;

  @ApiPropertyOptional({
    example: 'none',
    enum: SANDBOX_TROUBLES,
    description: 'What goes wrong there, some seconds after it was registered',
    default: 'none',
  })
  @IsOptional()
  @IsIn(SANDBOX_TROUBLES)
  readonly trouble?: SandboxTrouble;

  @ApiPropertyOptional({ example: 1, description: 'Same seed, same behaviour', default: 1 })
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2_147_483_647)
  readonly seed?: number;
}

/** How to reach it: exactly one of the four. */
export class ReachDto {
  @ApiPropertyOptional({ type: SshDto, description: 'A machine by SSH: MicroK8s, k3s or kubeadm is found on it' })
  @IsOptional()
  @ValidateNested()
  @Type(() => SshDto)
  readonly ssh?: SshDto;

  @ApiPropertyOptional({ type: KubeconfigDto, description: 'Any cluster by its kubeconfig' })
  @IsOptional()
  @ValidateNested()
  @Type(() => KubeconfigDto)
  readonly kubeconfig?: KubeconfigDto;

  @ApiPropertyOptional({ type: InClusterDto, description: 'The cluster that Berth itself runs in', example: {} })
  @IsOptional()
  @ValidateNested()
  @Type(() => InClusterDto)
  readonly inCluster?: InClusterDto;

  @ApiPropertyOptional({ type: SandboxDto, description: 'A pretend cluster, to try things out' })
  @IsOptional()
  @ValidateNested()
  @Type(() => SandboxDto)
  readonly sandbox?: SandboxDto;
}

export const INTERVAL = { minimum: 1, maximum: 86_400, example: 30 };
/** Seconds, in an optional field. */
export const IsInterval = (): PropertyDecorator =>
  applyDecorators(IsOptional(), IsInt(), Min(INTERVAL.minimum), Max(INTERVAL.maximum));

export class RegisterDto extends ReachDto {
  @ApiProperty({ example: 'lab-1', description: 'Unique; up to 64 characters' })
  @Matches(NAME, {
    message:
      'name must be up to 64 letters, digits, spaces, ".", "_" or "-", beginning and ending with a letter or digit',
  })
  readonly name!: string;

  @ApiPropertyOptional({ example: ['gpu', 'team=vision'], type: [String] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @Matches(TAG, { each: true, message: 'a tag has up to 63 letters, digits, ".", "_", "=" or "-"' })
  readonly tags?: string[];

  @ApiPropertyOptional({ example: 'Basel, rack 4', maxLength: 128 })
  @IsOptional()
  @IsString()
  @MaxLength(128)
  readonly location?: string;

  @ApiPropertyOptional({
    example: 'berth',
    description: "Kubernetes namespace for Berth's pods; made when missing",
    default: 'berth',
  })
  @IsOptional()
  @Matches(NAMESPACE, { message: 'namespace must be a Kubernetes namespace' })
  readonly namespace?: string;

  @ApiPropertyOptional({ ...INTERVAL, description: 'Seconds between health checks; left out: the default' })
  @IsInterval()
  readonly healthIntervalSeconds?: number;

  @ApiPropertyOptional({ ...INTERVAL, example: 60, description: 'Seconds between full lists; left out: the default' })
  @IsInterval()
  readonly refreshIntervalSeconds?: number;
}
