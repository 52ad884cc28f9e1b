import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';

export class EventsQuery {
  @ApiPropertyOptional({
    description: 'As the header Last-Event-ID, for readers that cannot set headers.',
    example: 'b3JkZXI-17',
    maxLength: 64,
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly lastEventId?: string;
}
