import { Module } from '@nestjs/common';
import { Sampler } from './sampler.js';
import { SamplesController } from './samples.controller.js';

@Module({ controllers: [SamplesController], providers: [Sampler] })
export class SamplesModule {}
