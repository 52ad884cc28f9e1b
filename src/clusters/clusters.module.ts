import { Module } from '@nestjs/common';
import { ProvidersModule } from '../providers/providers.module.js';
import { Clusters } from './clusters.js';

/** Needs the global StateModule for the SecretBox. */
@Module({ imports: [ProvidersModule], providers: [Clusters], exports: [Clusters] })
export class ClustersModule {}
