import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength, MinLength } from 'class-validator';

export class SignInDto {
  @ApiProperty({
    description: 'The admin token, printed once at the first start',
    example: 'berth_your-token',
    minLength: 1,
    maxLength: 512,
  })
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  readonly token!: string;
}

export class SessionDto {
  @ApiProperty({ description: 'Who is signed in', example: 'admin' })
  readonly actor!: string;

  @ApiProperty({
    description: 'When the session ends; null for a request with a token',
    example: '2026-11-30T09:30:00.000Z',
    nullable: true,
    type: String,
  })
  readonly expiresAt!: string | null;
}
