import { ApiProperty } from '@nestjs/swagger';

export class StatusView {
  @ApiProperty({ enum: ['ok', 'failing'], example: 'ok' })
  readonly status!: 'ok' | 'failing';

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Each check by name: `ok`, or what is wrong.',
    example: { state: 'ok' },
  })
  readonly checks!: Record<string, string>;
}
