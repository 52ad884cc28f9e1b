import { Body, Controller, Get, HttpCode, Module, Param, ParseUUIDPipe, Post, Res } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsDefined, IsNumber, IsString, MaxLength, ValidateNested } from 'class-validator';
import type { FastifyReply } from 'fastify';
import { BerthError } from '../../src/domain/errors.js';
import { Actor, Once, type OnceKey } from '../../src/http/once.js';
import { answerRevision } from '../../src/http/revision.js';
import { Streams } from '../../src/http/stream.js';

class EchoAmounts {
  @IsNumber() readonly cpus!: number;
}

class EchoDto {
  @IsString() @MaxLength(100) readonly name!: string;
  @IsDefined() @ValidateNested() @Type(() => EchoAmounts) readonly amounts!: EchoAmounts;
}

/** What a library might throw: its words hold a secret that no answer may show. */
class LibraryError extends Error {
  readonly options = { body: 'canary-property' };
}

/** Routes that a test needs and Berth does not have. */
@Controller('echo')
class EchoController {
  revision = 1;

  @Post()
  @HttpCode(200)
  echo(@Body() dto: EchoDto): object {
    return { name: dto.name, amounts: { cpus: dto.amounts.cpus } };
  }

  @Post('once')
  @HttpCode(200)
  once(@Once() once: OnceKey | undefined, @Actor() actor: string): object {
    return { once: once ?? null, actor };
  }

  @Get('revision')
  read(@Res({ passthrough: true }) reply: FastifyReply): object | undefined {
    return answerRevision(reply, String(this.revision), () => ({ revision: this.revision }));
  }

  @Post('revision')
  @HttpCode(200)
  next(): object {
    return { revision: (this.revision += 1) };
  }

  @Get('fail/library')
  failAsLibrary(): never {
    throw new LibraryError('canary-message: the password is hunter2');
  }

  @Get('fail/room')
  failForRoom(): never {
    throw new BerthError('INSUFFICIENT_RESOURCES', 'No node has room for 2 GPUs.', {
      shortfalls: [{ resource: 'gpuCount', asked: 2, available: 1, missing: 1 }],
      serverId: 's1',
    });
  }

  @Get('fail/busy')
  failAsBusy(): never {
    throw new BerthError('STATE_BUSY', 'Too many wait.');
  }

  @Get('things/:id')
  thing(@Param('id', new ParseUUIDPipe()) id: string): object {
    return { id };
  }

  @Get('never')
  async never(): Promise<void> {
    await new Promise(() => {});
  }

  /** Answers when the caller says so. */
  release: (() => void)[] = [];

  @Get('held')
  async held(): Promise<object> {
    await new Promise<void>((resolve) => this.release.push(resolve));
    return { done: true };
  }

  @Get('stream')
  @Streams()
  async stream(@Res() reply: FastifyReply): Promise<void> {
    reply.hijack();
    reply.raw.writeHead(200).write('begun\n');
    await new Promise<void>((resolve) => this.release.push(resolve));
    reply.raw.end('ended\n');
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

export { EchoController, EchoModule };
