import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { Settings } from '../settings.js';
import { ServerManager } from './server-manager.js';
import { ServerRegistrar } from './server-registrar.js';

/** With `sandbox.isEnabled`, a first start without servers has one to play with. */
@Injectable()
export class SandboxSeed implements OnApplicationBootstrap {
  constructor(
    private readonly servers: ServerManager,
    private readonly registrar: ServerRegistrar,
    private readonly settings: Settings,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.settings.sandbox.isEnabled || this.servers.list().length > 0) return;
    const sandbox = { nodes: 2, cpusPerNode: 8, memoryGiBPerNode: 32, storageGiBPerNode: 200, gpusPerNode: 2 };
    await this.registrar.register({ name: 'sandbox', tags: ['sandbox'], sandbox }, { actor: 'berth', once: undefined });
  }
}
