import { HttpErrorResponse } from '@angular/common/http';
import type { ProblemView } from '../api/models/problem-view';

/** What went wrong, for people: RFC 9457 as Berth sends it, or the same shape for what never reached Berth. */
export interface Problem extends Pick<ProblemView, 'title' | 'detail' | 'hint' | 'code'> {
  /** 0: there was no answer. */
  readonly status: number;
  readonly errors: readonly FieldProblem[];
  readonly shortfalls: readonly unknown[];
  readonly details: Readonly<Record<string, unknown>>;
}

export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

const NO_ANSWER: Problem = {
  title: 'Berth does not answer',
  detail: 'The request got no answer.',
  hint: 'Check that Berth is running and that this computer can reach it, then try again.',
  code: 'NO_ANSWER',
  status: 0,
  errors: [],
  shortfalls: [],
  details: {},
};

/** Any thrown thing becomes a problem that can be shown. */
export function toProblem(error: unknown): Problem {
  if (!(error instanceof HttpErrorResponse)) {
    return {
      ...NO_ANSWER,
      title: 'Something went wrong in this page',
      detail: String(error),
      hint: 'Reload the page.',
      code: 'PAGE',
    };
  }
  if (error.status === 0) return NO_ANSWER;
  const body = bodyOf(error.error);
  return {
    title: text(body['title']) || 'The request failed',
    detail: text(body['detail']) || `The answer had status ${error.status}.`,
    hint: text(body['hint']),
    code: text(body['code']) || `HTTP_${error.status}`,
    status: error.status,
    errors: list(body['errors']).flatMap(fieldProblem),
    shortfalls: list(body['shortfalls']),
    details: record(body['details']),
  };
}

/** The body of a failed request: an object, or text when the request did not ask for JSON. */
function bodyOf(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== 'string') return record(body);
  try {
    return record(JSON.parse(body));
  } catch {
    return {};
  }
}

function fieldProblem(value: unknown): FieldProblem[] {
  const { field, message } = record(value);
  return typeof field === 'string' && typeof message === 'string' ? [{ field, message }] : [];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
