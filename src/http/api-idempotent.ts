import { ApiHeader } from '@nestjs/swagger';

/** Describes the Idempotency-Key of a route. The try-it console leaves it empty: a key that stands there is soon used twice. */
export const ApiIdempotent = (example: string): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'One effect per key, for 24 hours',
    schema: { type: 'string', maxLength: 128 },
    examples: { none: { summary: 'None', value: '' }, one: { summary: 'One of yours', value: example } },
  });
