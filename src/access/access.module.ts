import { Module } from '@nestjs/common';
import { AccessGate } from './access-gate.js';
import { AdminToken } from './admin-token.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';

/** Who may do what. Needs the StateRepository, which StateModule makes available everywhere. */
@Module({
  controllers: [SessionController],
  providers: [AccessGate, AdminToken, Sessions],
  exports: [AccessGate, AdminToken],
})
export class AccessModule {}
