import { Body, Controller, Delete, Get, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiProblems, ApiPublic, ApiReadProblems } from '../http/api-problems.js';
import { Settings } from '../settings.js';
import { AccessGate } from './access-gate.js';
import { Public } from './public.js';
import { readSessionCookies, sessionCookie } from './session-cookie.js';
import { SessionDto, SignInDto } from './session.dto.js';
import { type OpenSession, Sessions } from './sessions.js';

/** Signing in is for browsers: a script sends its token with each request. */
@ApiTags('Access')
@Controller('api/v1/session')
export class SessionController {
  readonly #isSecure: boolean;

  constructor(
    private readonly gate: AccessGate,
    private readonly sessions: Sessions,
    settings: Settings,
  ) {
    this.#isSecure = settings.access.isCookieSecure;
  }

  @Post()
  @Public()
  @ApiPublic()
  @HttpCode(200)
  @ApiProblems()
  @ApiOperation({ summary: 'Sign a browser in: a token becomes a cookie', operationId: 'signIn' })
  @ApiOkResponse({ type: SessionDto })
  async signIn(
    @Body() { token }: SignInDto,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionDto> {
    const now = new Date();
    const actor = this.gate.admitToken(token, request.ip, performance.now());
    const { secret, expiresAt } = await this.sessions.begin(actor, now);
    const seconds = Math.floor((Date.parse(expiresAt) - now.getTime()) / 1_000);
    void reply.header('set-cookie', sessionCookie(secret.reveal(), seconds, this.#isSecure));
    return { actor, expiresAt };
  }

  @Get()
  @ApiReadProblems()
  @ApiOperation({ summary: 'Who is signed in', operationId: 'getSession' })
  @ApiOkResponse({ type: SessionDto })
  get(@Req() request: FastifyRequest): SessionDto {
    const session = this.#sessionOf(request);
    return { actor: request.actor, expiresAt: session?.expiresAt ?? null };
  }

  @Delete()
  @HttpCode(204)
  @ApiProblems()
  @ApiOperation({ summary: 'Sign the browser out', operationId: 'signOut' })
  @ApiNoContentResponse({ description: 'The session is over' })
  async signOut(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const session = this.#sessionOf(request);
    if (session) await this.sessions.end(session.secret);
    void reply.header('set-cookie', sessionCookie('', 0, this.#isSecure));
  }

  #sessionOf({ headers }: FastifyRequest): OpenSession | null {
    return this.sessions.findAny(readSessionCookies(headers.cookie, this.#isSecure), new Date());
  }
}
