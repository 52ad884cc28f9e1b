import { ApiProperty, ApiPropertyOptional, OmitType, PartialType } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { MayBeNull } from '../http/nested.js';
import { INTERVAL, IsInterval, RegisterDto } from './register.dto.js';

const FIXED = ['namespace', 'sandbox', 'inCluster', 'healthIntervalSeconds', 'refreshIntervalSeconds'] as const;

/** What is left out stays. With `ssh` or `kubeconfig` the new way is tried before anything changes. */
export class EditDto extends PartialType(OmitType(RegisterDto, FIXED)) {
  @ApiPropertyOptional({
    ...INTERVAL,
    type: Number,
    nullable: true,
    description: 'Seconds between health checks; null: the default',
  })
  @MayBeNull()
  @IsInterval()
  readonly healthIntervalSeconds?: number | null;

  @ApiPropertyOptional({
    ...INTERVAL,
    example: 60,
    type: Number,
    nullable: true,
    description: 'Seconds between full lists; null: the default',
  })
  @MayBeNull()
  @IsInterval()
  readonly refreshIntervalSeconds?: number | null;
}

export class ConfirmHostKeyDto {
  @ApiProperty({
    example: 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU',
    description: 'As read on the machine itself',
  })
  @Matches(/^SHA256:[A-Za-z0-9+/]{43}=?$/, {
    message: 'fingerprint must look like SHA256:… as ssh-keygen -l prints it',
  })
  readonly fingerprint!: string;
}

export class RemoveQuery {
  @ApiPropertyOptional({
    enum: ['refuse', 'keep', 'delete'],
    example: 'refuse',
    description: 'What happens to its pods: refuse to remove; leave them running, out of sight; or delete them first',
    default: 'refuse',
  })
  @IsOptional()
  @IsIn(['refuse', 'keep', 'delete'])
  readonly pods?: 'refuse' | 'keep' | 'delete';
}
