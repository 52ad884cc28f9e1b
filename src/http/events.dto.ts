import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { EVENT_TOPICS } from './event-topics.js';

export class EventsQuery {
  @ApiPropertyOptional({
    description: `Comma-separated: ${EVENT_TOPICS.join(', ')}; all when left out. With servers and without pods, the event pods says on which servers pods changed.`,
    example: 'fleet,servers',
    maxLength: 64,
  })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  readonly topics?: string;

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
