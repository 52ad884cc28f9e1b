/** What Berth's hooks leave on a request for its controllers. */
import 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; empty on a public route. */
    actor: string;
    /** The body as it arrived; null when there was none. */
    rawBody: Buffer | null;
  }
  interface FastifyContextConfig {
    /** True: no token is asked for. */
    isPublic?: boolean;
    /** True: the answer may go on for hours. */
    isStream?: boolean;
  }
}
