import { applyDecorators } from '@nestjs/common';
import { ApiExtension, ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { BerthError, ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from '../domain/errors.js';
import { problemOf } from './problem.js';
import { ProblemView } from './problem.dto.js';

const isErrorCode = (code: string): code is ErrorCode => code in ERROR_CATALOGUE;
const ERROR_CODES = Object.keys(ERROR_CATALOGUE).filter(isErrorCode);

const UNSAFE_CODES = [
  'INVALID_REQUEST',
  'MALFORMED_JSON',
  'UNAUTHENTICATED',
  'BODY_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED',
  'TOO_MANY_REQUESTS',
  'STATE_UNWRITABLE',
  'STATE_BUSY',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const satisfies readonly ErrorCode[];

/** One example per code, for `components.examples`: the answers refer to them, since most operations share most codes. */
export function problemExamples(): Record<string, { summary: string; value: object }> {
  return Object.fromEntries(
    ERROR_CODES.map((code) => {
      const { title }: ErrorEntry = ERROR_CATALOGUE[code];
      return [code, { summary: title, value: problemOf(new BerthError(code, `${title}.`), 'b3JkZXI-2s') }];
    }),
  );
}

/** One answer per status, with one example per code, all made from the catalogue. */
function answers(codes: readonly ErrorCode[]): (MethodDecorator & ClassDecorator)[] {
  const byStatus = Map.groupBy(new Set(codes), (code) => ERROR_CATALOGUE[code].status);
  return [...byStatus].map(([status, group]) =>
    ApiResponse({
      status,
      description: group.map((code) => `\`${code}\``).join(', '),
      content: {
        'application/problem+json': {
          schema: { $ref: getSchemaPath(ProblemView) },
          examples: Object.fromEntries(group.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    }),
  );
}

/** Documents the errors of a change: those named, and those that every change can meet. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(ApiExtraModels(ProblemView), ...answers([...codes, ...UNSAFE_CODES]));
}

/** Documents the errors of a read: those named, and that the token may be missing. */
export function ApiReadProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  return applyDecorators(
    ApiExtraModels(ProblemView),
    ...answers([...codes, 'UNAUTHENTICATED', 'TOO_MANY_REQUESTS', 'SHUTTING_DOWN', 'INTERNAL']),
  );
}

/** Says in the document that a route asks for no token. */
export function ApiPublic(): MethodDecorator {
  return ApiExtension('x-public', true);
}
