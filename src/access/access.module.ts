import { Module } from '@nestjs/common';
import { AccessGate } from './access-gate.js';
import { AdminToken } from './admin-token.js';

/** Who may do what. Needs the StateRepository, which StateModule makes available everywhere. */
@Module({ providers: [AccessGate, AdminToken], exports: [AccessGate, AdminToken] })
export class AccessModule {}
