import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** RFC 9457. Every error of every route has this shape. */
export class ProblemView {
  @ApiProperty({ description: 'Names the kind of problem.', example: 'urn:berth:error:INVALID_REQUEST' })
  readonly type!: string;

  @ApiProperty({ example: 'The request is not valid' })
  readonly title!: string;

  @ApiProperty({ type: 'integer', description: 'The HTTP status.', example: 400 })
  readonly status!: number;

  @ApiProperty({ description: 'What happened here, and why.', example: 'name: name must be a string' })
  readonly detail!: string;

  @ApiProperty({ description: 'Stable; never reused or renamed.', example: 'INVALID_REQUEST' })
  readonly code!: string;

  @ApiProperty({ description: 'What to do next.', example: 'Correct the fields named in `errors` and send it again.' })
  readonly hint!: string;

  @ApiProperty({
    description: 'Names this one occurrence; the log has the same id.',
    example: 'urn:berth:request:b3JkZXI-2s',
  })
  readonly instance!: string;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object' },
    description: 'The fields that are wrong.',
    example: [{ field: 'name', message: 'name must be a string' }],
  })
  readonly errors?: readonly unknown[];

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object' },
    description: 'What is missing where.',
    example: [{ resource: 'gpuCount', asked: 2, available: 1, missing: 1 }],
  })
  readonly shortfalls?: readonly unknown[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'More that helps, by code.',
    example: { serverId: '018f6d1e-7c8a-7b3e-9f60-2d1c0b9a8e7f' },
  })
  readonly details?: Record<string, unknown>;
}
