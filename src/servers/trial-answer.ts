/** Answers with a trial of a connection: in one piece, or step by step to who asks for an event stream. */
import { PassThrough } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConnectionFacts } from '../domain/server.js';
import { problemOf, toBerthError } from '../http/problem.js';
import type { ReachStep } from '../providers/cluster-provider.js';
import type { LookOptions } from './look.js';
import type { TrialDto, TrialStepDto } from './server.dto.js';

type Try = (options: LookOptions) => Promise<ConnectionFacts>;

async function trialOf(run: Try, signal: AbortSignal, tell: (step: TrialStepDto) => void): Promise<TrialDto> {
  const steps: TrialStepDto[] = [];
  let since = performance.now();
  const onStep = (step: ReachStep): void => {
    const now = performance.now();
    const passed = { step, latencyMs: Math.round(now - since) };
    since = now;
    steps.push(passed);
    tell(passed);
  };
  const facts = await run({ signal, onStep });
  return { steps, facts };
}

const event = (type: string, data: unknown): string => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

/** The trial ends when its caller goes away. @throws whatever `run` throws, when the answer is in one piece */
export async function answerTrial(request: FastifyRequest, reply: FastifyReply, run: Try): Promise<void> {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const isStream = /\btext\/event-stream(?![\w-])/i.test(request.headers.accept ?? '');
  if (!isStream) {
    void reply.send(await trialOf(run, gone.signal, () => {}));
    return;
  }
  const stream = new PassThrough();
  // At once, so that who waits knows that it is heard, and who leaves is no mistake of ours.
  stream.write(':\n\n');
  const tell = (type: string, data: unknown): void => {
    if (!stream.destroyed) stream.write(event(type, data));
  };
  void reply.type('text/event-stream; charset=utf-8').header('cache-control', 'no-store').send(stream);
  try {
    tell('trial', await trialOf(run, gone.signal, (step) => tell('step', step)));
  } catch (error) {
    tell('problem', problemOf(toBerthError(error), request.id));
  } finally {
    stream.end();
  }
}
