/** What Berth's hooks leave on a request for its controllers. */
import 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; empty on a public route. */
    actor: string;
    /** The token or the session's secret that was shown; empty on a public route. Never to be stored or logged. */
    secret: string;
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
