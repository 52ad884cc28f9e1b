import { HttpErrorResponse } from '@angular/common/http';
import { inject, Injectable } from '@angular/core';
import type { ProblemView } from '../api/models/problem-view';
import type { TrialDto } from '../api/models/trial-dto';
import type { TrialStepDto } from '../api/models/trial-step-dto';
import { type Problem, toProblem } from '../live/problem';
import { Session } from '../live/session';
import { SseParser } from '../live/sse-parser';

export type TrialEnd =
  | { readonly kind: 'passed'; readonly trial: TrialDto }
  /** `isTried`: false when the request was refused before anything was tried. */
  | { readonly kind: 'failed'; readonly problem: Problem; readonly isTried: boolean };

const LOST: TrialEnd = { kind: 'failed', problem: toProblem(new HttpErrorResponse({ status: 0 })), isTried: true };

/** The type is what Berth's description of the event says. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters
const told = <T>(data: string): T => JSON.parse(data) as T;

function problemIn(data: string): Problem {
  const error = told<ProblemView>(data);
  return toProblem(new HttpErrorResponse({ status: error.status, error }));
}

/** Reads the events of a trial until it says how it ended. */
export async function readTrial(
  chunks: AsyncIterable<string>,
  onStep: (step: TrialStepDto) => void,
): Promise<TrialEnd> {
  const parser = new SseParser();
  for await (const chunk of chunks) {
    for (const { type, data } of parser.push(chunk)) {
      if (type === 'step') onStep(told<TrialStepDto>(data));
      if (type === 'trial') return { kind: 'passed', trial: told<TrialDto>(data) };
      if (type === 'problem') return { kind: 'failed', problem: problemIn(data), isTried: true };
    }
  }
  return LOST;
}

async function* textOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    await reader.cancel();
  }
}

/** Asks Berth to try a connection, and tells each step as it is passed. Never rejects. */
@Injectable({ providedIn: 'root' })
export class TrialStream {
  readonly #session = inject(Session);

  async run(url: string, body: object, onStep: (step: TrialStepDto) => void, signal?: AbortSignal): Promise<TrialEnd> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
        cache: 'no-store',
        credentials: 'same-origin',
        ...(signal && { signal }),
      });
      if (response.status === 401) this.#session.lost();
      if (response.ok && response.body) return await readTrial(textOf(response.body), onStep);
      const error: unknown = await response.text();
      const problem = toProblem(new HttpErrorResponse({ status: response.status, error }));
      return { kind: 'failed', problem, isTried: false };
    } catch {
      return LOST;
    }
  }
}
