import { type ArgumentMetadata, ValidationPipe } from '@nestjs/common';
import type { ValidationError } from 'class-validator';
import { BerthError } from '../domain/errors.js';
import { misplaced } from './nested.js';

export interface FieldError {
  /** Where in the body or query: `resources.cpus`, `env.0.name`. */
  readonly field: string;
  readonly message: string;
}

/** More would be a page that nobody reads, and work for whoever sends ten thousand wrong fields. */
const MAX_ERRORS = 50;

function fieldErrors(problems: readonly ValidationError[], path = ''): FieldError[] {
  return problems.flatMap((problem) => {
    const field = path === '' ? problem.property : `${path}.${problem.property}`;
    const own = Object.values(problem.constraints ?? {}).map((message) => ({ field, message }));
    return [...own, ...fieldErrors(problem.children ?? [], field)];
  });
}

function refuse(all: readonly FieldError[]): BerthError {
  const errors = all.slice(0, MAX_ERRORS);
  const first = errors[0] ? `${errors[0].field}: ${errors[0].message}` : 'The request is not valid';
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  return new BerthError('INVALID_REQUEST', `${first}${more}.`, { errors });
}

/** What a body or query may hold is what its DTO names, of exactly that type. Never includes a value: it may be a secret. */
export class StrictValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      transformOptions: { enableImplicitConversion: false },
      validationError: { target: false, value: false },
      exceptionFactory: (problems: ValidationError[]) => refuse(fieldErrors(problems)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const dto: unknown = await super.transform(value, metadata);
    const errors = misplaced(dto);
    if (errors.length > 0) throw refuse(errors);
    return dto;
  }
}
