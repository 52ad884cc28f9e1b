import type { FastifyReply } from 'fastify';
import { BOOT_EPOCH } from './epoch.js';

/** Whether If-None-Match names this tag; weak comparison, as for GET (RFC 9110, 8.8.3.2). */
function names(header: string, tag: string): boolean {
  if (header.trim() === '*') return true;
  return header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag.replace(/^W\//, ''));
}

/**
 * Gives the answer a weak ETag made of `revision`, and tells whether the caller has that revision already. `revision` must change
 * whenever the view could (and be visible ASCII without quotes); it is only compared within this life of the process.
 */
export function isRevisionKnown(reply: FastifyReply, revision: string): boolean {
  const tag = `W/"${BOOT_EPOCH}-${revision}"`;
  void reply.header('etag', tag);
  const known = reply.request.headers['if-none-match'];
  return known !== undefined && names(known, tag);
}

/** Answers a read with the ETag of `revision`, or with 304 and no body when the caller has it; `build` then is not called. */
export function answerRevision<T>(reply: FastifyReply, revision: string, build: () => T): T | undefined {
  if (!isRevisionKnown(reply, revision)) return build();
  void reply.code(304);
  return undefined;
}
